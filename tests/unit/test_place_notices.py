"""What the notice of a place in the queue needs, in every state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handoff.place_notices import Owed, owed, said
from handoff.tables import PlaceNotice
from handoff.waiting_time import QueuePlace, Wait

TOLD = PlaceNotice(place=2)
STANDS = PlaceNotice(place=2, channel_message_id="7", sent_at=datetime.now(UTC))
UNCERTAIN = PlaceNotice(place=2, sent_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("notice", "quiet", "changed", "needed"),
    [
        (None, False, True, Owed.SEND),
        (TOLD, False, False, None),
        (TOLD, False, True, Owed.SEND),
        (TOLD, True, True, None),
        (STANDS, False, False, None),
        (STANDS, False, True, Owed.CHANGE),
        (STANDS, True, False, Owed.END),
        (UNCERTAIN, False, True, None),
        (None, True, True, None),
    ],
)
def test_what_is_owed(notice: PlaceNotice | None, quiet: bool, changed: bool, needed: Owed | None) -> None:
    assert owed(notice, quiet=quiet, changed=changed) is needed


def test_what_was_said_is_read_back() -> None:
    assert said(None) is None
    assert said(PlaceNotice()) is None
    assert said(TOLD) == QueuePlace(2, None)
    assert said(PlaceNotice(place=1, wait_low=4, wait_high=6)) == QueuePlace(1, Wait(4, 6))
