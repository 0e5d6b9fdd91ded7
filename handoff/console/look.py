"""How a municipality looks in the console: its name, its words for topics and teams, and its colours as CSS.

Inline styles are blocked, so the colours are served as a style sheet of custom properties. Colours that would be
unreadable are corrected here (WCAG 2.2, 1.4.3), not in each municipality's settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

TEXT_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text against its background."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_FONT = re.compile(r"[\w\s,'\"-]{1,200}")
_FALLBACK_FONTS = '"Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", "Liberation Sans", Arial, sans-serif'

Rgb = tuple[float, float, float]
_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)


class MunicipalityLook(Protocol):
    """What the console needs to know of a municipality; `bot/app.py` makes it from the content."""

    @property
    def name(self) -> str:
        """As in "Voorbeeldstad"."""

    @property
    def logo_text(self) -> str:
        """What stands where a logo would."""

    @property
    def assistant_name(self) -> str:
        """What the digital assistant is called."""

    @property
    def primary(self) -> str:
        """Main colour, #rrggbb."""

    @property
    def on_primary(self) -> str:
        """Colour of text on the main colour, #rrggbb."""

    @property
    def accent(self) -> str:
        """Second colour, #rrggbb."""

    @property
    def font(self) -> str:
        """Font families as in CSS."""

    def topic_title(self, topic: str) -> str:
        """The topic in words; the key itself when it is unknown."""

    def team_name(self, team: str) -> str:
        """The team in the municipality's own words; the key itself when it is unknown."""


@dataclass(frozen=True)
class NeutralLook:
    """How the console looks before anybody has logged in: of no municipality."""

    name: str = "Balie"
    logo_text: str = "Balie"
    assistant_name: str = "Digitale assistent"
    primary: str = "#1d4f76"
    on_primary: str = "#ffffff"
    accent: str = "#8a4b12"
    font: str = ""

    def topic_title(self, topic: str) -> str:
        return topic

    def team_name(self, team: str) -> str:
        return team


def theme_css(look: MunicipalityLook) -> str:
    """The municipality's design tokens as one rule of custom properties."""
    neutral = NeutralLook()
    primary = _parse(look.primary) or _parse(neutral.primary) or _BLACK
    accent = _parse(look.accent) or _parse(neutral.accent) or _BLACK
    tint = _mix(primary, _WHITE, 0.93)
    candidates = [colour for colour in (_parse(look.on_primary), _WHITE, _BLACK) if colour is not None]
    on_primary = next((one for one in candidates if contrast(one, primary) >= TEXT_CONTRAST), _WHITE)
    font = f"{look.font}, " if look.font and _FONT.fullmatch(look.font) else ""
    tokens = {
        "--balie-primair": _hex(primary),
        "--balie-primair-donker": _hex(_mix(primary, _BLACK, 0.22)),
        "--balie-op-primair": _hex(on_primary),
        "--balie-tekst-primair": _hex(_readable_on(primary, tint)),
        "--balie-tint": _hex(tint),
        "--balie-tint-sterk": _hex(_mix(primary, _WHITE, 0.86)),
        "--balie-ballon": _hex(_mix(primary, _WHITE, 0.8)),
        "--balie-tint-rand": _hex(_mix(primary, _WHITE, 0.7)),
        "--balie-accent": _hex(_readable_on(accent, _WHITE)),
        "--balie-lettertype": f"{font}{_FALLBACK_FONTS}",
    }
    return ":root{" + ";".join(f"{name}:{value}" for name, value in tokens.items()) + "}\n"


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parse(colour: str) -> Rgb | None:
    if not _HEX.fullmatch(colour):
        return None
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return (red, green, blue)


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)


def _mix(colour: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (part + (goal - part) * share for part, goal in zip(colour, other, strict=True))
    return (red, green, blue)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable_on(colour: Rgb, background: Rgb) -> Rgb:
    result, share = colour, 0.0
    while contrast(result, background) < TEXT_CONTRAST and share < 1:
        share += 0.05
        result = _mix(colour, _BLACK, share)
    return result
