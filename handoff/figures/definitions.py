"""What each figure means, in Dutch: shown with it, and tested by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Key(StrEnum):
    """The figures, as the CSV names them."""

    UNANSWERED = "zonder_antwoord"
    CONVERSATIONS = "gesprekken"
    RESOLVED = "opgelost"
    HANDED_OVER = "overgedragen"
    OFFERS_IGNORED = "aanbod_onbeantwoord"
    SCORE = "cijfer"
    TOLD_AGAIN = "verhaal_opnieuw"
    WAIT_MEDIAN = "wachttijd_mediaan"
    WAIT_P90 = "wachttijd_p90"
    HANDLED_MEDIAN = "behandeltijd_mediaan"
    HANDLED_P90 = "behandeltijd_p90"
    ABANDONED = "weggegaan"
    CALLED_ON_TIME = "op_tijd_gebeld"
    FALSE_HANDOVERS = "onnodig_overgedragen"
    MISSED_HANDOVERS = "te_laag_ingeschat"
    BREACHES = "servicenorm_gemist"
    WARNED_IN_TIME = "na_waarschuwing_op_tijd"
    REGAINED = "tijd_voor_mensen"
    PICKED_UP = "opgepakt"
    PICKED_UP_IN_TIME = "op_tijd_opgepakt"
    WARNED = "gewaarschuwd"
    MISSED = "norm_niet_gehaald"


@dataclass(frozen=True)
class Definition:
    """A figure's name, and what is counted."""

    title: str
    text: str


DEFINITIONS: Mapping[Key, Definition] = {
    Key.UNANSWERED: Definition(
        "Zonder antwoord gebleven",
        "Gesprekken waarin de laatste vraag van de inwoner geen antwoord kreeg. Zo'n vraag is een bericht dat de "
        "assistent niet begreep, of het wachten op een medewerker. Daarna kwam er geen antwoord van de assistent, "
        "geen bericht van een medewerker, en geen terugbelverzoek of melding. Deel van alle gesprekken.",
    ),
    Key.CONVERSATIONS: Definition(
        "Gesprekken",
        "Gesprekken die in deze periode zijn geëindigd en waarin de inwoner iets heeft gezegd. Een gesprek telt op de "
        "dag waarop het eindigde.",
    ),
    Key.RESOLVED: Definition(
        "Opgelost",
        "De inwoner zei dat de vraag is beantwoord, of kwam binnen 7 dagen niet terug. Dat laatste telt alleen op "
        "Telegram, waar wij dezelfde chat herkennen, en alleen als het gesprek niet zonder antwoord bleef. Deel van "
        "de gesprekken waarvan wij dit weten.",
    ),
    Key.HANDED_OVER: Definition(
        "Overgedragen aan een medewerker",
        "Gesprekken die in de rij voor een medewerker kwamen. Deel van alle gesprekken.",
    ),
    Key.OFFERS_IGNORED: Definition(
        "Aanbod zonder reactie",
        "De assistent bood een medewerker aan. De inwoner zei geen ja en geen nee. Deel van de gesprekken met zo’n "
        "aanbod; het laatste aanbod in het gesprek telt.",
    ),
    Key.SCORE: Definition(
        "Cijfer van inwoners",
        "Het gemiddelde van de cijfers die inwoners gaven, van 1 tot 5. Een cijfer is vrijwillig.",
    ),
    Key.TOLD_AGAIN: Definition(
        "Verhaal opnieuw verteld",
        "Inwoners die zeiden dat zij hun verhaal opnieuw moesten vertellen. Deel van wie daar antwoord op gaf.",
    ),
    Key.WAIT_MEDIAN: Definition(
        "Wachttijd, middelste",
        "Tijd van de vraag om een medewerker tot een medewerker het gesprek had. De helft wachtte korter. Alleen "
        "gesprekken die een medewerker kreeg.",
    ),
    Key.WAIT_P90: Definition(
        "Wachttijd, 9 van de 10", "Negen van de tien inwoners wachtten korter. Dezelfde gesprekken als de middelste."
    ),
    Key.HANDLED_MEDIAN: Definition(
        "Behandeltijd, middelste",
        "Tijd dat een medewerker het gesprek had, tot de zaak klaar was. De helft duurde korter.",
    ),
    Key.HANDLED_P90: Definition("Behandeltijd, 9 van de 10", "Negen van de tien gesprekken duurden korter."),
    Key.ABANDONED: Definition(
        "Weggegaan uit de rij",
        "De inwoner wachtte op een medewerker en ging weg voordat die er was. Deel van alle gesprekken in de rij.",
    ),
    Key.CALLED_ON_TIME: Definition(
        "Op tijd teruggebeld",
        "De eerste belpoging was op de beloofde dag of eerder. Deel van de afgeronde terugbelverzoeken.",
    ),
    Key.FALSE_HANDOVERS: Definition(
        "Onnodig overgedragen",
        "Een medewerker vond dat er geen medewerker nodig was. Deel van de zaken waarvan een medewerker zei of de "
        "inschatting klopte; het laatste oordeel telt.",
    ),
    Key.MISSED_HANDOVERS: Definition(
        "Te laag ingeschat",
        "Een medewerker vond de zaak dringender dan de assistent. Deel van dezelfde zaken. Wie ten onrechte nooit een "
        "medewerker kreeg, staat hier niet in.",
    ),
    Key.BREACHES: Definition(
        "Servicenorm niet gehaald",
        "Zaken die later zijn opgepakt dan de norm van hun team, of die de norm al voorbij zijn. Alleen tijd waarin "
        "de gemeente open is. Deel van de zaken met een norm.",
    ),
    Key.WARNED_IN_TIME: Definition(
        "Na waarschuwing toch op tijd",
        "Zaken waarvoor de norm van hun team bijna voorbij was en die toch op tijd zijn opgepakt. Deel van de zaken "
        "met zo'n waarschuwing die zijn opgepakt of de norm voorbij zijn.",
    ),
    Key.REGAINED: Definition(
        "Tijd voor mensen",
        "Gesprekken die de assistent zelf oploste, keer de minuten die een medewerker er volgens de gemeente voor "
        "nodig heeft. Alleen onderwerpen waarvoor de gemeente die minuten heeft ingevuld.",
    ),
    Key.PICKED_UP: Definition("Opgepakt", "Zaken uit de rij die een medewerker heeft opgepakt."),
    Key.PICKED_UP_IN_TIME: Definition(
        "Op tijd opgepakt", "Opgepakt voordat de norm voorbij was. Deel van de opgepakte zaken."
    ),
    Key.WARNED: Definition(
        "Gewaarschuwd", "Zaken waarvoor de norm bijna voorbij was: driekwart van de tijd was om en niemand had de zaak."
    ),
    Key.MISSED: Definition(
        "Norm niet gehaald", "Zaken die te laat zijn opgepakt, of die nog wachtten toen de norm voorbij was."
    ),
}
SERVICE = Definition(
    "Servicenorm per team en spoed",
    "De norm zegt binnen hoeveel tijd een team een zaak oppakt. Alleen tijd waarin de gemeente open is, telt mee. Een "
    "zaak telt bij het team en de spoed die zij op dat moment had.",
)
"""What the table of service levels is about; its columns have definitions of their own."""
