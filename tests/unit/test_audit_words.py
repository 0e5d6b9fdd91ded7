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


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def written() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES if "rasa_server" not in path.parts]
    everywhere = {name: at for tree in trees for name, at in positions(tree).items() if not name.startswith("_")}
    actions: set[str] = set()
    for tree in trees:
        places = {**everywhere, **positions(tree)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
            if name in places and len(call.args) > places[name]:
                given.append(call.args[places[name]])
            actions.update(action for one in given for action in constants(one) if name in places)
    return actions


def test_the_actions_are_found_in_the_code() -> None:
    assert {"claim", "reveal", "employee_activated", "appointment_booked", "unreachable"} <= written()


def test_every_audit_action_has_a_dutch_word() -> None:
    assert written() - set(ACTIONS) == set()


def test_every_table_that_leads_to_a_conversation_has_a_dutch_word() -> None:
    assert {CaseFact.__tablename__, ReviewItem.__tablename__} <= set(TABLES), "their modules add to the same tables"
    leading = {table.name for table in Base.metadata.sorted_tables if "conversation_id" in table.c}
    assert leading - {"audit"} <= set(TABLES)
