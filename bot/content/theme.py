"""How a municipality looks: its colours, font, logo and the few words of the widget that are its own."""

from typing import Annotated

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from bot.content.strict import Line, Strict

TEXT_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text against its background."""
GRAPHICS_CONTRAST = 3.0
"""WCAG 2.2, 1.4.11: what is no text, but has to be seen."""
WHITE = "#ffffff"

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class LogoFile(Strict):
    """A drawing beside gemeente.yml."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.svg$")]
    alt: Line
    """What somebody hears who cannot see it."""


class WidgetTexts(Strict):
    """What a municipality can say differently around the conversation; without a text the widget has its own."""

    launcher: Words | None = None
    """On the button that opens the chat."""
    title: Words | None = None
    """At the top of the chat, instead of the assistant's name."""
    welcome: Words | None = None
    """A heading above the first message."""
    placeholder: Words | None = None
    """In the empty field."""


class Theme(Strict):
    """Colours and letters of the widget and the console."""

    primary: Colour
    on_primary: Colour
    accent: Colour
    font: Line
    logo_text: Line
    logo: LogoFile | None = None
    texts: WidgetTexts = Field(default_factory=WidgetTexts)

    @field_validator("primary")
    @classmethod
    def _seen_on_white(cls, primary: str) -> str:
        return _enough(primary, "on the white of the page", WHITE, GRAPHICS_CONTRAST)

    @field_validator("accent")
    @classmethod
    def _decorates_on_white(cls, accent: str) -> str:
        return _enough(accent, "on the white of the page", WHITE, GRAPHICS_CONTRAST)

    @field_validator("on_primary")
    @classmethod
    def _readable_on_primary(cls, on_primary: str, info: ValidationInfo) -> str:
        primary = info.data.get("primary")
        return on_primary if primary is None else _enough(on_primary, f"on primary {primary}", primary, TEXT_CONTRAST)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours "#rrggbb", from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _enough(colour: str, where: str, background: str, least: float) -> str:
    ratio = contrast(colour, background)
    if ratio < least:
        raise ValueError(
            f"{colour} {where} has a contrast of {ratio:.1f}:1, too little to read; "
            f"choose colours that differ more, at least {least:g}:1"
        )
    return colour


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
