"""A logo: an SVG file as plain shapes, so that the widget can draw it on any site without loading an image.

A site that embeds the chat then needs no `img-src` in its Content-Security-Policy, and nothing in the file can do
anything but be seen: what is not on the list below is refused, with its line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from bot.content.exceptions import InvalidContent, Problem

LARGEST_BYTES = 12_000
"""It travels with the facts of the municipality, at every first visit."""
DEEPEST = 20

_SHAPES = frozenset({"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"})
_UNSEEN = frozenset({"title", "desc", "metadata"})
_POSITION = {"viewBox", "d", "points", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "x2", "y1", "y2", "width", "height"}
_LINE = {"stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray"}
_COLOUR = {"fill", "fill-rule", "fill-opacity", "stroke-opacity", "opacity"}
_ATTRIBUTES = frozenset(_POSITION | _LINE | _COLOUR | {"transform"})
_DROPPED = frozenset({"xmlns", "version", "id", "role", "baseProfile"})


@dataclass(frozen=True)
class Shape:
    """One element with what lies in it."""

    name: str
    attributes: Mapping[str, str]
    parts: tuple["Shape", ...] = ()


def read(path: Path) -> Shape:
    """The whole drawing.

    Raises:
        InvalidContent: too large, no XML, or something in it that is no plain shape.
    """
    data = path.read_bytes()
    if len(data) > LARGEST_BYTES:
        message = f"{len(data)} bytes is too large for a logo: at most {LARGEST_BYTES}"
        raise InvalidContent([Problem(path, 1, message)])
    reader = _Reader(path)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InvalidContent([Problem(path, error.lineno, f"no SVG: {expat.ErrorString(error.code)}")]) from error
    if reader.problems:
        raise InvalidContent(reader.problems)
    drawing = reader.root.build()
    if drawing.name != "svg" or "viewBox" not in drawing.attributes:
        raise InvalidContent([Problem(path, 1, 'begin with <svg xmlns="http://www.w3.org/2000/svg" viewBox="...">')])
    return Shape("svg", {"viewBox": drawing.attributes["viewBox"]}, drawing.parts)


@dataclass
class _Open:
    """An element that is not read to its end yet."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list["_Open"] = field(default_factory=list)

    def build(self) -> Shape:
        return Shape(self.name, self.attributes, tuple(part.build() for part in self.parts))


class _Reader:
    """Goes on after a mistake, so that all of them are named at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.root = _Open("")
        self._open: list[_Open] = []
        self._skipping = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = lambda *_: self._problem("leave out the DOCTYPE")

    def _problem(self, message: str) -> None:
        self.problems.append(Problem(self.path, self.parser.CurrentLineNumber, message))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipping or name in _UNSEEN or ":" in name:
            self._skipping += 1
            return
        if name not in _SHAPES:
            self._problem(f"<{name}> is no plain shape: keep to {', '.join(sorted(_SHAPES))}")
        if len(self._open) >= DEEPEST:
            self._problem(f"shapes lie in each other more than {DEEPEST} deep")
        element = _Open(name, self._checked(attributes))
        if self._open:
            self._open[-1].parts.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()

    def _checked(self, attributes: dict[str, str]) -> dict[str, str]:
        kept = {}
        for name, value in attributes.items():
            if name in _DROPPED or ":" in name or name.startswith(("aria-", "data-")):
                continue
            if name not in _ATTRIBUTES:
                self._problem(f"{name}: write colours and lines as attributes such as fill and stroke")
            elif "url(" in value.lower():
                self._problem(f"{name}: a plain colour, no reference")
            kept[name] = value
        return kept
