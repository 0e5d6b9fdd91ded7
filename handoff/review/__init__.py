"""The review list: sentences that the bot missed, for editors, and what they make of them.

An item points at a message and dies with its conversation. What outlives it (a training example, a missing answer) are
an editor's own words, without personal data.
"""

from handoff.review.decisions import MAX_SENTENCE, Dismissal, Example, dismiss, finish, miss, teach, withdraw
from handoff.review.items import (
    NO_TOPIC,
    Amount,
    Group,
    Missed,
    Wanted,
    Why,
    chosen,
    groups,
    is_grave,
    mark,
    marked_in,
    may_edit,
    note,
    one_group,
    summary,
)
from handoff.review.lists import Proposed, examples, forget_taken_over, missing_answers

__all__ = [
    "MAX_SENTENCE",
    "NO_TOPIC",
    "Amount",
    "Dismissal",
    "Example",
    "Group",
    "Missed",
    "Proposed",
    "Wanted",
    "Why",
    "chosen",
    "dismiss",
    "examples",
    "finish",
    "forget_taken_over",
    "groups",
    "is_grave",
    "mark",
    "marked_in",
    "may_edit",
    "miss",
    "missing_answers",
    "note",
    "one_group",
    "summary",
    "teach",
    "withdraw",
]
