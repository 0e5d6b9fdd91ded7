"""The only place where a conversation changes hands.

Every change names the owner (and epoch) that it expects, raises the epoch, tells the citizen, and writes its audit line
and outbox rows in one transaction; the loser learns who won. `change.move` is the one statement that sets an owner:
`claims` has the employee's verbs, `waiting` the way into the queue and out of it, `calls` what follows a call
in vain, `closing` the ends.

Rows are always locked in the order employee, case, conversation, message, and rows of one table in the order of their
ids, so that no two changes wait for each other. This holds for everything that writes, whoever starts it: a turn that
may touch a case begins with `hold`, an erasure locks all it will delete before it deletes. What hangs on a message or
conversation (masked values, the outbox) comes after these. A row that a transaction has just made nobody waits for.
"""

from handoff.ownership.calls import NextDay, not_reached
from handoff.ownership.change import Notice, NoticeFor, TeamNoticeFor, hold
from handoff.ownership.claims import Claim, claim, hand_back, release, release_all, to_team, transfer
from handoff.ownership.closing import close, close_by_citizen, close_left_alone, close_silent
from handoff.ownership.waiting import enqueue, leave_queue, left

__all__ = [
    "Claim",
    "NextDay",
    "Notice",
    "NoticeFor",
    "TeamNoticeFor",
    "claim",
    "close",
    "close_by_citizen",
    "close_left_alone",
    "close_silent",
    "enqueue",
    "hand_back",
    "hold",
    "leave_queue",
    "left",
    "not_reached",
    "release",
    "release_all",
    "to_team",
    "transfer",
]
