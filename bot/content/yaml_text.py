"""One value changed in the text of a YAML file: its own lines are written anew, all others stay as somebody wrote them.

ruamel.yaml says at which line everything stands, and writes a value with the comments beside it. It is not asked to
write the whole file: it hangs what stands between two keys on the first of them, so that it moves or goes with that
one, and it indents every list alike.
"""

from __future__ import annotations

import io
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from bot.content.source import KeyPath

_Collection = CommentedMap | CommentedSeq
_NO_WRAPPING = 10_000


def put(text: str, where: KeyPath, value: Any, order: Sequence[str] = ()) -> str:
    """The text with another value at `where`; a list's length is the place after its last item.

    Args:
        value: What plain YAML has: a mapping, a list, text, a number, a date. Lists and mappings are written on one
            line; a list that was empty gets a line for each item.
        order: In which order a new key comes among its neighbours; it comes last where this does not say.
    """
    lines, root = text.split("\n"), _yaml().load(text)
    place = _place(lines, root, where, order)
    _assign(root, where, value, order)
    return "\n".join([*lines[: place.start], *_written(place), *lines[place.end :]])


def remove(text: str, where: KeyPath) -> str:
    """The text without what stands at `where`; an empty list or mapping is left of what held nothing else."""
    lines, root = text.split("\n"), _yaml().load(text)
    holder = _inside(root, where[:-1])
    if len(holder) == 1:
        return put(text, where[:-1], type(holder)())
    place = _place(lines, root, where, ())
    del holder[where[-1]]
    kept = _written(place) if place.is_within(where) else []
    return "\n".join([*lines[: place.start], *kept, *lines[place.end :]])


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _NO_WRAPPING
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


# Where it stands


@dataclass(frozen=True)
class _Place:
    """The lines to be written anew, up to `end`: an entry of the innermost collection that has a line for each."""

    holder: _Collection
    key: str | int
    depth: int
    start: int
    end: int
    indent: int

    def is_within(self, where: KeyPath) -> bool:
        """Whether the entry is more than what stands at `where`: that is on one line with its neighbours."""
        return self.depth < len(where) - 1


def _place(lines: list[str], root: _Collection, where: KeyPath, order: Sequence[str]) -> _Place:
    holder, depth, limit = root, 0, len(lines)
    while depth < len(where) - 1 and _has(holder, where[depth]):
        starts, ends = _line(lines, holder, where[depth]), _next(lines, holder, where[depth], limit)
        child = holder[where[depth]]
        if not _is_by_line(child) or not starts <= child.lc.line < ends:  # on one line, or an alias of another place
            break
        holder, depth, limit = child, depth + 1, ends
    key = where[depth]
    indent = _indent(lines[_line(lines, holder, _keys(holder)[0])])
    if _has(holder, key):
        start = _line(lines, holder, key)
        return _Place(holder, key, depth, start, _end(lines, start, _next(lines, holder, key, limit)), indent)
    before = _before(holder, key, order)
    if before is None:
        at = _line(lines, holder, _keys(holder)[0])
    else:
        at = _end(lines, _line(lines, holder, before), _next(lines, holder, before, limit))
    return _Place(holder, key, depth, at, at, indent)


def _is_by_line(value: object) -> bool:
    return isinstance(value, _Collection) and len(value) > 0 and not value.fa.flow_style()


def _keys(holder: _Collection) -> list[Any]:
    return list(holder) if isinstance(holder, CommentedMap) else list(range(len(holder)))


def _has(holder: _Collection, key: str | int) -> bool:
    return key in _keys(holder)


def _line(lines: list[str], holder: _Collection, key: str | int) -> int:
    if isinstance(holder, CommentedMap):
        return int(holder.lc.key(key)[0])
    line = int(holder.lc.item(key)[0])
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line


def _next(lines: list[str], holder: _Collection, key: str | int, limit: int) -> int:
    """At which line the neighbour begins that follows."""
    own = _line(lines, holder, key)
    return min((line for one in _keys(holder) if (line := _line(lines, holder, one)) > own), default=limit)


def _end(lines: list[str], start: int, limit: int) -> int:
    """After its last line; comments and empty lines below it belong to what follows."""
    end = limit
    while end > start + 1 and _says_nothing(lines[end - 1]):
        end -= 1
    return end


def _before(holder: _Collection, key: str | int, order: Sequence[str]) -> Any:
    """The neighbour that a new key comes after; None when it comes first."""
    keys = _keys(holder)
    if key not in order:
        return keys[-1]
    earlier = [one for one in keys if one in order and order.index(one) < order.index(str(key))]
    return earlier[-1] if earlier else None


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# What it becomes


def _inside(root: _Collection, where: KeyPath) -> Any:
    found: Any = root
    for key in where:
        found = found[key]
    return found


def _assign(root: _Collection, where: KeyPath, value: Any, order: Sequence[str]) -> None:
    holder: Any = root
    for key, following in itertools.pairwise(where):
        if not _has(holder, key) or not holder[key]:
            _set(holder, key, CommentedSeq() if isinstance(following, int) else _as_written({}), ())
        holder = holder[key]
    old = holder[where[-1]] if _has(holder, where[-1]) else None
    if isinstance(old, CommentedSeq) and isinstance(value, list) and value:
        _refill(old, value)
    elif isinstance(old, CommentedMap) and isinstance(value, Mapping) and value:
        for gone in [key for key in old if key not in value]:
            del old[gone]
        for key, part in value.items():
            old[key] = _as_written(part)
    else:
        _set(holder, where[-1], _as_written(value), order)


def _refill(old: CommentedSeq, value: list[Any]) -> None:
    for beside in old.ca.items.values():
        if beside[0] is not None:  # the lines below it are no part of the list: they stay where they are
            beside[0].value = beside[0].value.partition("\n")[0] + "\n"
    del old[len(value) :]
    for index, part in enumerate(value):
        if index < len(old):
            old[index] = _as_written(part)
        else:
            old.append(_as_written(part))


def _set(holder: Any, key: str | int, value: Any, order: Sequence[str]) -> None:
    if _has(holder, key):
        holder[key] = value
    elif isinstance(holder, CommentedSeq):
        holder.append(value)
    else:
        before = _before(holder, key, order) if len(holder) else None
        holder.insert(0 if before is None else _keys(holder).index(before) + 1, key, value)


def _as_written(value: Any) -> Any:
    """The value in the form in which it is written: on one line, text of people between quotes."""
    if isinstance(value, Mapping):
        mapping = CommentedMap({key: _as_written(part) for key, part in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq([_as_written(part) for part in value])
        sequence.fa.set_flow_style()
        return sequence
    return value


def quoted(text: str) -> DoubleQuotedScalarString:
    """Text that people wrote, between quotes: without them "ja" or "12:30" may be something else than text."""
    scalar: DoubleQuotedScalarString = DoubleQuotedScalarString(text)
    return scalar


def _written(place: _Place) -> list[str]:
    """The lines of the entry, with the comment beside it; those above and below it have stayed where they were."""
    holder, key = place.holder, place.key
    entry: _Collection
    if isinstance(holder, CommentedMap):
        entry = CommentedMap({key: holder[key]})
        beside = holder.ca.items.get(key)
    else:
        entry = CommentedSeq([holder[key]])
        key, beside = 0, holder.ca.items.get(key)
    if beside is not None:
        entry.ca.items[key] = beside
    stream = io.StringIO()
    _yaml().dump(entry, stream)
    lines = textwrap.dedent(stream.getvalue()).split("\n")
    while _says_nothing(lines[-1]):
        lines.pop()
    while _says_nothing(lines[0]):
        lines.pop(0)
    return [" " * place.indent + _close(line, beside) for line in lines]


def _close(line: str, beside: list[Any] | None) -> str:
    """The line with its comment two spaces behind it; ruamel.yaml keeps the column that the comment had."""
    for token in beside or ():
        comment = token.value.partition("\n")[0].strip() if isinstance(token, CommentToken) else ""
        if comment and line.endswith(f" {comment}"):
            return f"{line.removesuffix(comment).rstrip()}  {comment}"
    return line
