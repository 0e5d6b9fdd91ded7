"""Messages as HTML. Everything anybody typed is escaped; what is added here are our own elements around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from handoff.personal_data import PersonalDataKind

PLACEHOLDER = re.compile(r"\[(?:" + "|".join(re.escape(str(kind)) for kind in PersonalDataKind) + r")-\d{1,4}\]")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITEM = re.compile(r"\s*- (.*)")

Span = tuple[int, int]


def as_typed(text: str, marks: Iterable[Span] = ()) -> Markup:
    """What a citizen typed, character for character, with the sentences that led to the handover marked."""
    parts: list[Markup] = []
    position = 0
    for start, end in _disjoint(marks, len(text)):
        parts.append(_inline(text[position:start]))
        parts.append(
            Markup('<mark class="aanleiding">{}<span class="alleen-voor-lezers"> (aanleiding)</span></mark>').format(
                _inline(text[start:end])
            )
        )
        position = end
    parts.append(_inline(text[position:]))
    return Markup("<p>{}</p>").format(Markup("").join(parts))


def formatted(text: str) -> Markup:
    """An answer: paragraphs, "- " lists and **bold**; everything else is plain text."""
    blocks: list[Markup] = []
    lines: list[Markup] = []
    items: list[Markup] = []

    def finish() -> None:
        if lines:
            blocks.append(Markup("<p>{}</p>").format(Markup("<br>").join(lines)))
        if items:
            rows = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
            blocks.append(Markup("<ul>{}</ul>").format(rows))
        lines.clear()
        items.clear()

    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        if not line.strip():
            finish()
        elif item:
            if lines:
                finish()
            items.append(_bold(item.group(1)))
        else:
            if items:
                finish()
            lines.append(_bold(line))
    finish()
    return Markup("").join(blocks)


def _bold(text: str) -> Markup:
    pieces = _BOLD.split(text)
    return Markup("").join(
        Markup("<strong>{}</strong>").format(_inline(piece)) if index % 2 else _inline(piece)
        for index, piece in enumerate(pieces)
    )


def _inline(text: str) -> Markup:
    parts: list[Markup] = []
    position = 0
    for match in PLACEHOLDER.finditer(text):
        parts += [
            escape(text[position : match.start()]),
            Markup('<span class="gegeven">{}</span>').format(match.group()),
        ]
        position = match.end()
    parts.append(escape(text[position:]))
    return Markup("").join(parts)


def _disjoint(marks: Iterable[Span], length: int) -> Sequence[Span]:
    merged: list[Span] = []
    inside = ((max(0, start), min(length, end)) for start, end in marks)
    for start, end in sorted((start, end) for start, end in inside if start < end):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
