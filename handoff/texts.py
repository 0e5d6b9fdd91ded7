"""What the handoff itself says to citizens: short, B1, never a dead end."""

from __future__ import annotations

HANDED_BACK = "U praat weer met de digitale assistent. Wilt u toch nog een medewerker? Vraag het gerust."
LEFT_QUEUE_BUT_WATCHED = (
    "U praat weer met de digitale assistent. Een medewerker leest dit gesprek zodra die er is. U hoeft niets te doen."
)
LEFT_QUEUE = "Goed, u staat niet meer in de rij. U praat weer met de digitale assistent."
CLOSED_BY_EMPLOYEE = (
    "Dit gesprek is afgesloten. Heeft u nog een vraag? Typ hem hier, dan gaat u verder in een nieuw gesprek."
)
CLOSED_BY_CITIZEN = (
    "U heeft dit gesprek beëindigd. Heeft u nog een vraag? Typ hem hier, dan gaat u verder in een nieuw gesprek."
)
CLOSED_LEFT_ALONE = "Dit gesprek is afgesloten, omdat er een dag niets is getypt. Typ gerust een nieuwe vraag."


WAS_IT_ANSWERED = "Is uw vraag beantwoord? Antwoorden hoeft niet."
ANSWERED = "Ja"
PARTLY_ANSWERED = "Deels"
NOT_ANSWERED = "Nee"


def claimed(name: str) -> str:
    """Who the citizen talks with from now on."""
    return f"U praat nu met {name}, medewerker van de gemeente. {name} kan het hele gesprek lezen."


def released(name: str) -> str:
    """The employee gave her back to the queue; her place follows."""
    return f"{name} kan u nu niet verder helpen. U hoeft niets opnieuw te vertellen."


def to_team(name: str, team: str) -> str:
    """Another team goes on; her place follows."""
    return f"{name} geeft uw vraag door aan {team}. Die collega's kunnen het hele gesprek lezen."


def not_reached(attempts: int, reference: str, *, by_chat: bool = False) -> str:
    """The last attempt at calling her back, or at meeting her in the chat, was in vain."""
    tried = f"Wij zochten u {attempts} keer in deze chat" if by_chat else f"Wij belden u {attempts} keer"
    no_more = "Wij proberen het nu niet meer." if by_chat else "Wij bellen nu niet meer."
    return (
        f"{tried}, maar wij konden u niet bereiken. {no_more} "
        f"Wilt u ons toch nog spreken? Vraag hier opnieuw om een medewerker. Uw kenmerk is {reference}."
    )


def connection_lost(name: str) -> str:
    """The employee's console is gone; her place follows."""
    return f"De verbinding met {name} is weggevallen. U hoeft niets opnieuw te vertellen."


def transferred(name: str) -> str:
    """Another employee goes on."""
    return f"U praat nu verder met {name}. {name} kan het hele gesprek lezen."
