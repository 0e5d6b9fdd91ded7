"""What Balie says around the answers: welcome, handover, callback, faults. Dutch at level B1, "u", never a dead end."""

from __future__ import annotations

from bot.content import Municipality
from handoff.hours import DayPart
from handoff.vocabulary import ChannelName, Contact
from handoff.waiting_time import QueuePlace, Wait

HANDOVER_QUESTION = (
    "Wilt u verder met een medewerker? Die kan dit gesprek lezen. U hoeft uw verhaal niet opnieuw te vertellen."
)
OFFER = "Wilt u hier liever met een medewerker over praten? Dat kan altijd."
REFUSED = "Dat is goed. U kunt hier verder vragen stellen. Een medewerker vragen kan altijd."
ENGINE_FAILED = "Sorry, ik kan uw vraag nu niet beantwoorden. Er is een storing. Uw bericht is bewaard."
BSN_MASKED = (
    "U typte een burgerservicenummer (BSN). Dat is niet nodig in deze chat. Wij hebben het nummer onleesbaar gemaakt."
)
BSN_STILL_IN_TELEGRAM = f"{BSN_MASKED} In Telegram staat het nog: wis uw bericht daar zelf."
ASK_PHONE = (
    "Op welk nummer mogen wij u bellen? Typ het hier, bijvoorbeeld 06 12 34 56 78. "
    "Liever geen telefoon? Typ uw e-mailadres, of druk op Liever een chat."
)
ASK_PHONE_AGAIN = "Ik zie geen telefoonnummer of e-mailadres in uw bericht. Typ een nummer zo: 06 12 34 56 78."
CALLBACK_CANCELLED = "Goed, wij bellen u niet. U kunt hier verder typen."
TURN_FAILED = "Sorry, er ging iets mis bij mij. Uw bericht is bewaard."

YES = "Ja, graag"
CALL_ME = "Bel mij"
NO = "Nee, dank u"
TALK_TO_PERSON = "Praat met een medewerker"
STILL_THERE = "Ik ben er nog"
CLOSED_SILENT = (
    "Wij hoorden een tijd niets van u. Daarom is dit gesprek nu afgesloten. Wilt u verder praten? "
    "Druk op de knop of typ uw bericht. U hoeft niets opnieuw te vertellen."
)
LEAVE_QUEUE = "Terug naar de assistent"
WAIT_ON = "Ik wacht"
RATHER_NOT = "Toch niet"
RATHER_CHAT = "Liever een chat"
ASK_VOICEMAIL = "Neemt u niet op? Mogen wij dan een bericht inspreken?"
MAY_SPEAK_IN = "Ja, dat mag"
MAY_NOT_SPEAK_IN = "Nee, liever niet"
ASK_WHOM = "Naar wie mogen wij vragen als wij bellen? Typ een naam."
NO_NAME = "Dat maakt niet uit"
WISHES_KEPT = "Dank u. Dat hebben wij erbij gezet. U kunt hier gewoon verder vragen."
CALLBACK_IS_HELD = "Een medewerker is al met uw verzoek bezig. Zeg uw wens als die contact met u opneemt."
NO_CALLBACK = "Wij hebben geen vraag meer van u om te bellen. Wilt u een medewerker spreken? Vraag het gerust."
HALF_DAY_PASSED = "Dat moment kan niet meer. Kies een ander moment. Maakt het u niet uit? Dan kiezen wij."

_HOW_TO_ERASE = {ChannelName.WEB: ' met "Wis dit gesprek"', ChannelName.TELEGRAM: ": typ /wis"}


AN_HOUR = 60
"""Minutes; a range that begins beyond it tells nobody anything."""

OTHER_TIME = "Kies een andere tijd"
TIME_TAKEN = "Die tijd is net weg. Kies een andere tijd."
TIME_TAKEN_KEPT = "Die tijd is net weg. Uw oude afspraak blijft staan. Kies een andere tijd."
NO_SUCH_APPOINTMENT = "Deze afspraak staat niet meer in de agenda. U hoeft niets meer te doen."
BOOKED = "Uw afspraak staat vast."
MOVED = "Uw afspraak is verzet."
TO_CALENDAR = "Zet in uw agenda"
CHANGE_APPOINTMENT = "Afspraak wijzigen"
NOBODY_READS_COMMENTS = (
    "Niet verstuurd: hier leest niemand meteen mee. Wilt u hulp van de gemeente? "
    "Begin een nieuw gesprek en stuur het daar."
)
GO_ON = "Ja, ga verder"
STOP_FORM = "Nee, stop"
BEGIN_AGAIN = "Begin opnieuw"


def welcome(municipality: Municipality, retention_days: int, channel: ChannelName, *, continues: bool) -> str:
    """The first message: what it is (AI Act, art. 50), how to get a person, what not to share, how long it is kept.

    It ends with how to erase it sooner, which is something else on every channel.
    """
    if continues:
        opening = "U gaat verder in een nieuw gesprek. Een medewerker kan het vorige gesprek erbij lezen."
    else:
        opening = f"Welkom bij de {municipality.full_name}."
    return (
        f"{opening}\n"
        f"Ik ben {municipality.assistant_name}, een digitale assistent. Ik ben geen mens.\n"
        "U kunt altijd om een medewerker vragen.\n"
        "Deel hier geen burgerservicenummer (BSN), wachtwoord of medische gegevens.\n"
        f"Wij bewaren dit gesprek {retention_days} dagen nadat het is afgesloten. "
        f"U kunt het eerder wissen{_HOW_TO_ERASE[channel]}." + ("" if continues else "\n\nWaar kan ik u mee helpen?")
    )


def waiting_time(wait: Wait | None) -> str:
    """How long it may take, from how long others waited of late."""
    if wait is None:
        return "Hoe lang het duurt, weten wij nu niet."
    words = wait_in_words(wait)
    return f"De wachttijd is {words}." if words else "De wachttijd is langer dan een uur."


def wait_in_words(wait: Wait | None) -> str | None:
    """The range; None where nobody can say, or where it tells nobody anything."""
    if wait is None or wait.low >= AN_HOUR:
        return None
    return f"ongeveer {wait.low} tot {wait.high} minuten"


def queue_present(place: int, wait: Wait | None) -> str:
    """Somebody of the team is there."""
    return (
        f"Een medewerker neemt het gesprek over. {place_in_queue(place)} {waiting_time(wait)} "
        "Wat u typt, leest de medewerker ook."
    )


def queue_nobody_present(place: int) -> str:
    """Within opening hours, but no console is open."""
    return (
        f"Wij zoeken een medewerker voor u. {place_in_queue(place)} Dat kan even duren. "
        "U kunt wachten. Of laat uw nummer achter, dan bellen wij u."
    )


def queue_full(place: int, wait: Wait | None) -> str:
    """More people wait than the team can help soon."""
    return f"Het is nu erg druk. {place_in_queue(place)} {waiting_time(wait)} U kunt wachten. {_RATHER_CALLED}"


def queue_holiday(place: int, reason: str, opens: str | None) -> str:
    """A holiday, or a day that the municipality named."""
    return (
        f"Vandaag zijn onze medewerkers er niet ({reason}). {_again(opens)} "
        f"Uw gesprek staat klaar. {place_in_queue(place)} U kunt wachten. {_RATHER_CALLED}"
    )


def still_waiting(where: QueuePlace | None) -> str:
    """She chose to wait on."""
    told = f" {place_now(where)}" if where else ""
    return f"Goed, u blijft in de rij.{told} Een medewerker leest dit gesprek zodra die er is."


def waits_long(minutes: int, where: QueuePlace | None) -> str:
    """She has waited longer than the team wants; told to her without her asking."""
    told = f" {place_now(where)}" if where else ""
    return (
        f"Sorry, het duurt langer dan wij willen. U wacht nu {minutes} minuten.{told} U kunt wachten. {_RATHER_CALLED}"
    )


def queue_closed(place: int, opens: str | None) -> str:
    """Outside opening hours; `opens` is like "morgen om 8.30 uur", None when nobody knows."""
    return (
        f"Onze medewerkers zijn er nu niet. {_again(opens)} "
        f"Uw gesprek staat klaar. {place_in_queue(place)} Laat uw nummer achter, dan bellen wij u."
    )


def receipt(where: QueuePlace | None) -> str:
    """The one answer to what a waiting citizen types."""
    told = ""
    if where is not None:
        told = f" {place_now(where)}" if where.wait else f" {place_in_queue(where.place)}"
    return f"Uw bericht is bewaard.{told} Een medewerker leest dit zodra die er is."


def callback_confirmed(
    day: str | None, reference: str, *, by: Contact = Contact.PHONE, part: str | None = None, choose: bool = False
) -> str:
    """The callback stands in the queue.

    Args:
        day: None when nobody knows yet when the municipality opens.
        part: Of the day, with its hours: "in de ochtend, tussen 8.30 en 12.00 uur".
        choose: Whether there are moments to choose from under it.
    """
    when = f"op {day}" if day else "zodra wij weer open zijn"
    exactly = f", {part}" if part else ""
    other = " Komt een ander moment beter uit? Kies het hieronder." if choose else ""
    will = {Contact.PHONE: "bellen u", Contact.EMAIL: "mailen u", Contact.CHAT: "komen in deze chat bij u terug"}[by]
    return f"Wij {will} {when}{exactly}. Uw kenmerk is {reference}.{other} U kunt hier gewoon verder vragen."


def half_day(part: DayPart, starts: str, ends: str) -> str:
    """A part of a day with its hours."""
    return f"in de {part}, tussen {starts} en {ends} uur"


def confirmed(begin: str, when: str, address: str, reference: str) -> str:
    """An appointment that was made or moved."""
    return (
        f"{begin}\n- Wanneer: {when}\n- Waar: {address}\n- Nummer: **{reference}**\n"
        "Bewaar dit nummer. U heeft het nodig aan de balie, en als u de afspraak wilt wijzigen."
    )


def cancelled(reference: str, when: str) -> str:
    """An appointment that was cancelled."""
    return f"Uw afspraak op {when} is afgezegd. Het nummer was {reference}."


def reported(reference: str, place: str) -> str:
    """A report that the municipality has now; the place in her own words."""
    return (
        f"Dank u wel. Wij hebben uw melding.\n- Waar: {place}\n- Nummer: **{reference}**\n"
        "U kunt hier gewoon verder vragen."
    )


def report_arrived(reference: str, number_there: str) -> str:
    """The system in which the municipality handles reports has it, under a number of its own."""
    return (
        f"Uw melding {reference} ligt nu bij het team dat meldingen behandelt. "
        f"Het nummer daar is **{number_there}**. Noem dat nummer als u ernaar vraagt."
    )


_RATHER_CALLED = "Of laat uw nummer achter, dan bellen wij u."


def _again(opens: str | None) -> str:
    return f"Zij zijn er weer {opens}." if opens else "Wij weten nog niet wanneer zij er weer zijn."


def form_open(what: str) -> str:
    """A form was open when a person took over; `what` is like "uw melding"."""
    return f"U was bezig met {what}. Er is nog niets vastgelegd. Wilt u daarmee verder?"


def form_dropped(what: str) -> str:
    """She did something else: the form is gone, and she can begin it again."""
    return f"Ik ben gestopt met {what}. Er is niets vastgelegd."


def place_in_queue(place: int) -> str:
    """How many wait before her."""
    return "U bent als eerste aan de beurt." if place == 1 else f"U bent nummer {place} in de rij."


def place_now(where: QueuePlace) -> str:
    """Where she stands in the queue, and how long it may still take."""
    return f"{place_in_queue(where.place)} {waiting_time(where.wait)}"


def still_there(until: str) -> str:
    """Asks who fell silent whether she needs more time; `until` is the time of day: "10.45"."""
    return (
        "Bent u er nog? Neem gerust de tijd. Druk op de knop als u meer tijd wilt, of typ een bericht. "
        f"Horen wij niets? Dan sluit dit gesprek om {until} uur. "
        "Daarna kunt u gewoon verder. U hoeft niets opnieuw te vertellen."
    )
