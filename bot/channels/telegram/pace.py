"""How long the channel waits for what; tests make it quicker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Waiting times, in seconds."""

    poll_seconds: int = 25
    """How long Telegram may hold a request for updates; below the half minute after which proxies cut a silent one."""
    first_pause_seconds: float = 1.0
    """After the first failure of polling; doubles with each next one."""
    longest_pause_seconds: float = 60.0
    refused_pause_seconds: float = 300.0
    """After a refused token: only an operator can mend that."""
    look_seconds: float = 1.0
    """How often the outbox is read when no event says that something is due."""
    send_seconds: float = 15.0
    """How long one request to Telegram may take."""
    file_seconds: float = 20.0
    """How long fetching a file and looking at it may take: meanwhile what she sends after it waits."""
    parked_seconds: float = 60.0
    """After this, an update that is still being dealt with beside the reading belongs to a process that died."""
    place_seconds: float = 20.0
    """Between two changes of the notice of a citizen's place in the queue."""
    place_look_seconds: float = 10.0
    """How often places are looked at when no event says that the queue changed: waiting times change by themselves."""
    interrupted_seconds: float = 180.0
    """After this, a message that is still being sent belongs to a process that died."""
    show_typing_after_seconds: float = 0.4
    """The bot mostly answers sooner; a typing notice that comes after the answer would stay for five seconds."""
    typing_seconds: float = 4.0
    """Telegram shows "typing" for five seconds, so it is said again just before that."""
    typing_idle_seconds: float = 900.0
    """A conversation in which nothing happens this long is no longer watched for typing."""
    chat_seconds: float = 1.0
    """Between two messages to one chat: Telegram asks for no more than one a second."""
    stop_seconds: float = 10.0
    """How long stopping waits for what is being stored or sent."""

    def pause(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row (1 or more)."""
        doubled: float = self.first_pause_seconds * 2.0 ** min(failures - 1, 16)
        return min(doubled, self.longest_pause_seconds)
