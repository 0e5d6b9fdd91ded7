"""The privacy officer reads the audit trail in Dutch: no action is shown to her by its key."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from handoff.console.accountability import ACTIONS, TABLES
from handoff.figures.tables import CaseFact
from handoff.review.tables import ReviewItem
from handoff.tables import Base

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("handoff", "bot", "actions") for path in sorted((ROOT / folder).rglob("*.py"))]


def positions(tree: ast.Module) -> dict[str, int]:
    """Functions of a module with an argument `action`, and the place at which it is given."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            if "action" in names:
                found[node.name] = names.index("action")
    return found


def names_of(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What stands under each name of a module that is a text or a dict: the text, or the dict's values."""
    names: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                names[name] = value.values if isinstance(value, ast.Dict) else [value]
    return names


def possible(node: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str | None]:
    """What an action can be; None where that cannot be told from the code."""
    match node:
        case ast.Constant(value=str(action)):
            yield action
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*possible(body, names), *possible(orelse, names))
        case ast.Name(id="action"):
            pass  # the caller's, found where that is called
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if name in names:
            for value in names[name]:
                yield from possible(value, {})
        case _:
            yield None


def by_place() -> dict[str, list[str | None]]:
    """What each place that records an action can write, by the place."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES if "rasa_server" not in path.parts}
    everywhere = {
        name: at for tree in trees.values() for name, at in positions(tree).items() if not name.startswith("_")
    }
    actions: dict[str, list[str | None]] = {}
    for path, tree in trees.items():
        places, names = {**everywhere, **positions(tree)}, names_of(tree)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in places:
                continue
            given = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
            if len(call.args) > places[name]:
                given.append(call.args[places[name]])
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            actions[where] = [action for one in given for action in possible(one, names)]
    return actions


def written() -> set[str]:
    return {action for actions in by_place().values() for action in actions if action is not None}


def test_the_actions_are_found_in_the_code() -> None:
    assert {"claim", "reveal", "employee_activated", "appointment_booked", "unreachable", "report_sent"} <= written()


def test_the_code_tells_what_every_action_can_be() -> None:
    """Not by a text that is put together: a table of all of them, from which one is taken."""
    assert [where for where, actions in by_place().items() if None in actions] == []


def test_every_audit_action_has_a_dutch_word() -> None:
    assert written() - set(ACTIONS) == set()


def test_every_table_that_leads_to_a_conversation_has_a_dutch_word() -> None:
    assert {CaseFact.__tablename__, ReviewItem.__tablename__} <= set(TABLES), "their modules add to the same tables"
    leading = {table.name for table in Base.metadata.sorted_tables if "conversation_id" in table.c}
    assert leading - {"audit"} <= set(TABLES)
