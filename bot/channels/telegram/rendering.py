"""From a stored message to what Telegram accepts: escaped HTML in parts of at most 4,096 characters, and buttons."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from handoff.messages import Button, Link

PART_UNITS = int(MessageLimit.MAX_TEXT_LENGTH) - 96
"""UTF-16 units in a part: Telegram's 4,096, less room for an employee's name and for bold that goes on in the next."""
MAX_CALLBACK_BYTES = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)

_BOLD = re.compile(r"\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*")
_BREAKS = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[.!?])[ \t]+"), re.compile(r"\s+"))
"""Where a long text may be cut, the best place first: paragraph, line, sentence, word."""


@dataclass(frozen=True)
class Part:
    """One request to Telegram."""

    html: str
    plain: str
    """The same without markup, for when Telegram refuses the HTML."""
    keyboard: InlineKeyboardMarkup | None = None
    plain_keyboard: InlineKeyboardMarkup | None = field(default=None)
    """The keyboard without links: an address that Telegram finds wrong makes it refuse the whole message."""


def render(
    text: str, buttons: Sequence[Button] = (), links: Sequence[Link] = (), *, speaker: str | None = None
) -> tuple[Part, ...]:
    """A message in parts; the last one carries the buttons.

    Args:
        speaker: The name above each part, when a person wrote it.
    """
    pressable = [button for button in buttons if _fits(button)]
    openable = [link for link in links if _is_web(link)]
    # What cannot be a button is said in words: nothing that was offered disappears.
    spoken = [f"- {button.title}" for button in buttons if not _fits(button)]
    spoken += [f"{link.title}: {_spoken_address(link)}" for link in links if not _is_web(link)]
    texts = _carry_bold(split("\n".join((text, *spoken))))
    addresses = "".join(f"\n{link.title}: {link.url}" for link in openable)
    parts = []
    for index, one in enumerate(texts):
        last = index == len(texts) - 1
        parts.append(
            Part(
                html=_named_html(speaker, to_html(one)),
                plain=_named(speaker, one + (addresses if last else "")),
                keyboard=_keyboard(pressable, openable) if last else None,
                plain_keyboard=_keyboard(pressable, ()) if last else None,
            )
        )
    return tuple(parts)


def to_html(text: str) -> str:
    """Text with "- " lists and **bold** as Telegram's HTML; everything else is shown as it was typed."""
    lines = (f"• {line[2:]}" if line.startswith("- ") else line for line in text.split("\n"))
    return "\n".join(_BOLD.sub(r"<b>\1</b>", html.escape(line, quote=False)) for line in lines)


def split(text: str, limit: int = PART_UNITS) -> tuple[str, ...]:
    """`text` in parts of at most `limit` UTF-16 units, cut between paragraphs, lines, sentences or words."""
    parts = []
    rest = text.strip()
    while _units(rest) > limit:
        head = _first(rest, limit)
        rest = rest[len(head) :].lstrip()
        parts.append(head.rstrip())
    return (*parts, rest) if rest or not parts else tuple(parts)


def keyboard_of(buttons: Sequence[Button]) -> InlineKeyboardMarkup:
    """Buttons in one row."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(one.title, callback_data=one.value) for one in buttons]])


def without_callbacks(keyboard: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """What is left of a keyboard once one of its answers was given: the links."""
    if keyboard is None:
        return None
    rows = [kept for row in keyboard.inline_keyboard if (kept := [one for one in row if one.url])]
    return InlineKeyboardMarkup(rows) if rows else None


def _first(text: str, limit: int) -> str:
    """The longest head of `text` within `limit` that ends at the best kind of break."""
    units = 0
    fitting = len(text)
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            fitting = index
            break
    window = text[: fitting + 1]
    for kind in _BREAKS:
        ends = [found.start() for found in kind.finditer(window) if 0 < found.start() <= fitting]
        if ends and ends[-1] >= fitting // 4:  # a break near the start would make many short parts
            return text[: ends[-1]]
    return text[:fitting]


def _carry_bold(parts: Sequence[str]) -> list[str]:
    """Close bold that is open where a part ends, and open it again in the next."""
    carried = []
    goes_on = ""
    for part in parts:
        text = goes_on + part
        goes_on = "**" if text.rsplit("\n", 1)[-1].count("**") % 2 else ""
        carried.append(text + goes_on)
    if goes_on:
        carried[-1] = carried[-1].removesuffix(goes_on)  # nothing follows: the marks were never a pair
    return carried


def _units(text: str) -> int:
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _named_html(speaker: str | None, text: str) -> str:
    return f"<b>{html.escape(speaker, quote=False)}</b>\n{text}" if speaker else text


def _named(speaker: str | None, text: str) -> str:
    return f"{speaker}\n{text}" if speaker else text


def _fits(button: Button) -> bool:
    return 0 < len(button.value.encode()) <= MAX_CALLBACK_BYTES


def _is_web(link: Link) -> bool:
    return link.url.startswith(("https://", "http://"))


def _spoken_address(link: Link) -> str:
    return link.url.partition(":")[2] if link.url.startswith(("tel:", "mailto:")) else link.url


def _keyboard(buttons: Sequence[Button], links: Sequence[Link]) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(button.title, callback_data=button.value)] for button in buttons]
    rows += [[InlineKeyboardButton(link.title, url=link.url)] for link in links]
    return InlineKeyboardMarkup(rows) if rows else None
