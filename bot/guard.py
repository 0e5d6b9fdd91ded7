"""Ends the supervised programs when the supervisor went without doing so, after `kill -9` for example.

Reads "+GROUP" and "-GROUP" lines, the process groups that run, from a pipe that only the supervisor holds.
When the pipe closes, whatever group is left is asked to stop and, after a grace period, killed. It uses the
standard library only, so it starts in a moment.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.05


def watch(lines: Iterable[str]) -> set[int]:
    """The groups that are left when the pipe has closed."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        groups.add(group) if line[0] == "+" else groups.discard(group)
    return groups


def send(groups: set[int], number: signal.Signals | int) -> set[int]:
    """Signal every group; the ones that exist."""
    alive = set()
    for group in groups:
        try:
            os.killpg(group, number)
            alive.add(group)
        except ProcessLookupError:
            continue
    return alive


def end(groups: set[int], grace_seconds: float = GRACE_SECONDS) -> None:
    """Stop the groups: politely, then for certain."""
    send(groups, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while send(groups, 0) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)
    send(groups, signal.SIGKILL)


if __name__ == "__main__":
    end(watch(sys.stdin))
