"""How a municipality looks in the employee console, taken from the content."""

from __future__ import annotations

from dataclasses import dataclass

from bot.content import ContentStore, Municipality, Team, UnknownMunicipality


@dataclass(frozen=True)
class Look:
    """One municipality, as the console asks for it."""

    municipality: Municipality
    answers: ContentStore

    @property
    def name(self) -> str:
        """As in "Voorbeeldstad"."""
        return self.municipality.name

    @property
    def logo_text(self) -> str:
        """What stands where a logo would."""
        return self.municipality.theme.logo_text

    @property
    def assistant_name(self) -> str:
        """What the digital assistant is called."""
        return self.municipality.assistant_name

    @property
    def primary(self) -> str:
        """Main colour, #rrggbb."""
        return self.municipality.theme.primary

    @property
    def on_primary(self) -> str:
        """Colour of text on the main colour, #rrggbb."""
        return self.municipality.theme.on_primary

    @property
    def accent(self) -> str:
        """Second colour, #rrggbb."""
        return self.municipality.theme.accent

    @property
    def font(self) -> str:
        """Font families as in CSS."""
        return self.municipality.theme.font

    def topic_title(self, topic: str) -> str:
        """The topic in words; the key itself when it is unknown."""
        written = self.answers.current().topics.get(topic)
        return written.title if written else topic

    def team_name(self, team: str) -> str:
        """The team in the municipality's own words; the key itself when it is unknown."""
        known = self.municipality.teams.get(Team(team)) if team in set(Team) else None
        return known.name if known else team


def look_of(answers: ContentStore, key: str) -> Look:
    """The look of a municipality.

    Raises:
        LookupError: there is no such municipality.
    """
    try:
        return Look(answers.current().municipality(key), answers)
    except UnknownMunicipality as error:
        raise LookupError(key) from error
