"""What can go wrong with the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One mistake in one file."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ContentError(Exception):
    """Something about the answers; the message tells an editor what to do."""


class InvalidContent(ContentError):
    """Files that don't fit the schema. `problems` has every mistake, with file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class UnknownTopic(ContentError):
    """No file in topics/ has this topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"There is no topic {topic!r}: add bot/content/topics/{topic}.yml.")


class UnknownMunicipality(ContentError):
    """No folder in municipalities/ has this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"There is no municipality {key!r}: add bot/content/municipalities/{key}/gemeente.yml.")


class ChangedMeanwhile(ContentError):
    """A file is not as it was when the change to it began."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} was changed meanwhile: look at it again before you change it.")
