"""YAML that remembers the line of every value, so that a mistake can be pointed at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from bot.content.exceptions import InvalidContent, Problem

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """The data of one file with the line of each of its parts."""

    path: Path
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def problem(self, where: Sequence[str | int], message: str) -> Problem:
        """A mistake at the nearest part that has a line: pydantic also names things that YAML doesn't."""
        key_path = tuple(where)
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        name = ".".join(str(part) for part in where)
        return Problem(self.path, self.lines.get(key_path, 1), f"{name}: {message}" if name else message)


def read(path: Path, text: str | None = None) -> Source:
    """Read one YAML file.

    Args:
        text: What is read in the place of what the file has now.

    Raises:
        InvalidContent: not YAML, not UTF-8, a key twice, or no mapping at the top.
    """
    loader: yaml.CSafeLoader | None = None
    try:
        loader = yaml.CSafeLoader(path.read_text(encoding="utf-8") if text is None else text)
        node = loader.get_single_node()
        lines: dict[KeyPath, int] = {}
        problems: list[Problem] = []
        data = _build(loader, node, (), lines, problems, path)
    except UnicodeDecodeError as error:
        raise InvalidContent([Problem(path, 1, f"save the file as UTF-8 ({error.reason})")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidContent([Problem(path, line, f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidContent([Problem(path, 1, f"not YAML: {error}")]) from error
    finally:
        if loader is not None:
            loader.dispose()
    if problems:
        raise InvalidContent(problems)
    if not isinstance(data, dict):
        raise InvalidContent([Problem(path, 1, "write keys with values, such as `topic: paspoort`")])
    return Source(path, data, lines)


def _build(
    loader: yaml.CSafeLoader,
    node: Node | None,
    where: KeyPath,
    lines: dict[KeyPath, int],
    problems: list[Problem],
    path: Path,
) -> Any:
    if node is None:
        return None
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if key in result:
                problems.append(Problem(path, line, f"{key}: stands here twice"))
            lines[(*where, key)] = line
            result[key] = _build(loader, value_node, (*where, key), lines, problems, path)
        return result
    if isinstance(node, SequenceNode):
        return [_build(loader, item, (*where, index), lines, problems, path) for index, item in enumerate(node.value)]
    return loader.construct_object(node, deep=True)
