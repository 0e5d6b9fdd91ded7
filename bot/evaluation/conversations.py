"""Reads labelled conversations: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handoff.detection import Level, Reason, Role, Turn


class UnreadableData(Exception):
    """A line of the data is not what it should be; the message names file and line."""


@dataclass(frozen=True)
class Labelled:
    """A conversation and what a wise employee would have wanted after its last turn."""

    id: str
    turns: tuple[Turn, ...]
    level: Level
    reasons: frozenset[Reason]
    team: str | None


def read(path: Path) -> list[Labelled]:
    """Every conversation of a file, in order; empty lines are skipped.

    Raises:
        UnreadableData: the file cannot be read, or a line is not a labelled conversation.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableData(f"{path} cannot be read: {error}") from None
    found = []
    for number, line in enumerate(_lines(lines), start=1):
        if not line.strip():
            continue
        try:
            found.append(_labelled(json.loads(line), str(number)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableData(f"{path}, line {number}: {_say(error)}") from None
    if not found:
        raise UnreadableData(f"{path} holds no conversation")
    return found


def _lines(lines: Iterable[str]) -> Iterable[str]:
    """A byte order mark, which some editors write, belongs to no line."""
    return (line.removeprefix("\ufeff") for line in lines)


def _labelled(line: dict[str, Any], number: str) -> Labelled:
    turns = tuple(Turn(Role(turn["role"]), str(turn["text"])) for turn in line["turns"])
    team = line.get("team")
    return Labelled(
        id=str(line.get("id", number)),
        turns=turns,
        level=Level(line["level"]),
        reasons=frozenset(Reason(reason) for reason in line.get("reasons") or ()),
        team=str(team) if team else None,
    )


def _say(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) or type(error).__name__
