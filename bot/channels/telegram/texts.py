"""What Balie says on Telegram only. Dutch at level B1, "u", never a dead end."""

from __future__ import annotations

from bot import texts as general
from bot.content import Municipality
from handoff.vocabulary import Owner
from handoff.waiting_time import QueuePlace

START_COMMAND = "Begin het gesprek"
HELP_COMMAND = "Wat kunt u hier doen?"
PERSON_COMMAND = "Praat met een medewerker"

ERASE_COMMAND = "Wis alles wat u hier typte"
PRIVACY_COMMAND = "Wat wij bewaren, en hoe lang"
STOP_COMMAND = "Stop dit gesprek"

CODE_COMMAND = "Een code om te bellen of langs te komen"
WAITING_COMMAND = "Uw plaats in de rij"

REPORT_HERE = "Ja, een melding doen"
PLACE_KEPT = (
    "Dank u. Wij bewaren deze plek bij dit gesprek. Een medewerker kan die plek zien.\n"
    "Is er iets mis op straat? Doe dan een melding. Stuur uw locatie nog een keer als ik vraag waar het is."
)
NOT_FETCHED = "Wij konden uw bestand niet ophalen bij Telegram. Wij hebben het niet bewaard. Stuur het nog een keer."
NOT_LOOKED_AT = (
    "Wij kunnen uw bestand nu niet controleren. Wij hebben het niet bewaard. Probeer het straks nog een keer."
)
NOT_WAITING = "U staat nu niet in de rij. Wilt u een medewerker? Typ /medewerker."
WITH_EMPLOYEE = "U praat met een medewerker. U staat niet meer in de rij."
PLACE_PICKED_UP = "U was aan de beurt. Een medewerker nam uw gesprek over."
PLACE_EARLIER = "Hier stond uw eerdere plaats in de rij."
PLACE_NO_MORE = "U staat niet meer in de rij."
PLACE_QUIET = "Hier stond uw plaats in de rij. Wilt u die weten? Typ /wachtrij."
UNREACHABLE_FOR_EMPLOYEE = (
    "De inwoner is op Telegram niet meer te bereiken: de chat is geblokkeerd of verwijderd. Het gesprek is afgesloten. "
    "Vroeg de inwoner om een telefoontje? Dat staat nog in de rij."
)

RATING_TOLD_AGAIN = "Moest u uw verhaal opnieuw vertellen aan de medewerker?"
RATING_YES = "Ja"
RATING_NO = "Nee"
RATING_SCORE = "Welk cijfer geeft u ons? 1 is slecht, 5 is heel goed."
RATING_COMMENT = "Wilt u er nog iets over zeggen? Antwoord dan op dit bericht. Het hoeft niet."
RATING_COMMENT_HINT = "Wat kan beter?"
RATING_COMMENT_KEPT = "Dank u wel. Wij hebben het bewaard."
RATING_OVER = "Dank u. Deze vragen zijn niet meer open."

CONFIRM_ERASURE = "Wilt u alles wissen wat u hier typte? U kunt dit niet terugdraaien."
ERASE_BUTTON = "Ja, wis alles"
ERASED = (
    "Uw gesprek is bij de gemeente gewist. Wij bewaren dat er een gesprek was, en cijfers waaraan niemand u herkent. "
    "Deed u een melding? Die kan in het meldingensysteem blijven staan.\n"
    "In Telegram staat het nog. Wis het daar zelf: open het menu van deze chat en kies voor verwijderen."
)
STOPPED = (
    "Goed, wij sturen u niets meer. Vroeg u om een telefoontje? Dan bellen wij u nog wel.\n"
    "Alles wissen? Typ /wis. Opnieuw beginnen? Typ uw vraag."
)
BUTTON_EXPIRED = "Deze knop werkt niet meer. Typ uw vraag gerust."


def place_notice(where: QueuePlace) -> str:
    """Where she stands in the queue, in the notice that is changed when that changes."""
    return f"{general.place_now(where)}\nVerandert uw plaats of de wachttijd? Dan passen wij dit bericht aan."


def place_was(owner: Owner) -> str:
    """In the place of that notice once she no longer waits there, by who has the conversation now."""
    match owner:
        case Owner.EMPLOYEE:
            return PLACE_PICKED_UP
        case Owner.QUEUED:
            return PLACE_EARLIER
        case _:
            return PLACE_NO_MORE


def rating_thanks(score: int | None) -> str:
    """In the place of the questions, once they are answered."""
    return "Dank u wel voor uw antwoorden." if score is None else f"Dank u wel voor uw antwoorden. U gaf een {score}."


def spoken_code(code: str, until: str, municipality: Municipality) -> str:
    """A code with which an employee on the telephone or at the counter can read the conversation."""
    return (
        f"Uw code is {code}. Bel {municipality.phone} of kom langs, en zeg deze code. "
        "De medewerker leest dan dit gesprek. U hoeft niets opnieuw te vertellen.\n"
        f"De code werkt één keer, tot {until}."
    )


def not_our_channel(municipality: Municipality) -> str:
    """Said before anything else: whose channel this is, and what not to send."""
    return (
        f"Let op: Telegram is niet van de {municipality.full_name}. Het bedrijf Telegram krijgt dus ook wat u typt.\n"
        "Stuur hier geen burgerservicenummer (BSN), en geen paspoort of andere papieren met uw gegevens.\n"
        f"Liever niet via Telegram? Chat dan op {municipality.website} of bel {municipality.phone}."
    )


def description(municipality: Municipality) -> str:
    """Shown in the empty chat, before anything was said; Telegram takes 512 characters."""
    return f"De digitale balie van de {municipality.full_name}.\n{not_our_channel(municipality)}"[:512]


def short_description(municipality: Municipality) -> str:
    """Shown on the bot's profile; Telegram takes 120 characters."""
    return f"De digitale balie van de {municipality.full_name}. Stuur hier geen BSN of paspoort."[:120]


def what_you_can_do(municipality: Municipality) -> str:
    """The answer to /help, and to /start in a conversation that is going on."""
    return (
        f"Stel hier uw vraag aan de {municipality.full_name}. Typ hem in uw eigen woorden.\n"
        "- Liever een medewerker? Typ /medewerker.\n"
        f"- Liever bellen? Het nummer is {municipality.phone}.\n"
        "- Wat bewaren wij? Typ /privacy.\n"
        "- Wilt u bellen of langskomen, zonder uw verhaal opnieuw te vertellen? Typ /code.\n"
        "- Is er iets mis op straat? U mag ook uw locatie sturen.\n"
        "- Alles wissen? Typ /wis. Stoppen? Typ /stop.\n"
        "- Stuur hier geen burgerservicenummer (BSN), en geen paspoort of andere papieren met uw gegevens."
    )


def privacy(municipality: Municipality) -> str:
    """The answer to /privacy."""
    return (
        f"Wij bewaren wat u hier typt {municipality.retention_days} dagen na het einde van het gesprek. "
        "Daarna wissen wij het. Wilt u het eerder wissen? Typ /wis.\n"
        "- Uw naam en nummer in Telegram bewaren wij niet. Wij bewaren versleuteld naar welke chat wij antwoorden.\n"
        "- Medewerkers die u helpen, lezen het gesprek. Soms leest een ander team of een teamleider mee.\n"
        "- Losse zinnen gebruiken wij om de assistent te verbeteren, zonder uw persoonlijke gegevens.\n"
        "- Een foto of bestand bewaren wij alleen als u met een medewerker praat. Wij bewaren het even lang.\n"
        "- Het bedrijf Telegram krijgt ook wat u typt. Daar gaan wij niet over.\n"
        f"Meer hierover leest u op {municipality.privacy_url}"
    )


def not_read(what: str, owner: Owner, *, takes_files: bool) -> str:
    """The answer to a photo, a voice message and the like that is not kept; `what` is "uw foto".

    Args:
        takes_files: Whether an employee could have received it.
    """
    if owner is Owner.EMPLOYEE:
        return f"De medewerker kan {what} hier niet zien. Wij hebben {what} niet bewaard. Typ wat u wilt laten weten."
    if owner is Owner.QUEUED:
        later = f" Stuur {what} nog een keer als de medewerker er is." if takes_files else ""
        return f"Wij hebben {what} niet bewaard, want er is nog geen medewerker.{later} Wat u typt, bewaren wij wel."
    person = " Die kan ook bestanden van u krijgen." if takes_files else ""
    return (
        f"Ik kan hier alleen tekst lezen. Wij hebben {what} niet bewaard. "
        f"Typ uw vraag. Of typ /medewerker, dan praat u met een medewerker.{person}"
    )


def no_groups(municipality: Municipality) -> str:
    """Said in a group before the bot leaves it: a counter is for one citizen at a time."""
    return (
        f"Ik help u graag, maar niet in een groep. Stuur mij een eigen bericht, dan leest niemand mee. "
        f"U kunt ook bellen met de {municipality.full_name}: {municipality.phone}."
    )


def went_wrong(municipality: Municipality) -> str:
    """A message could not be taken in, however often it was tried."""
    return (
        f"Sorry, er ging iets mis met uw bericht. Stuur het nog een keer. Lukt dat niet? Bel dan {municipality.phone}."
    )
