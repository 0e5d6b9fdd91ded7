"""Why the console turns a request away; each has its own page."""

from __future__ import annotations


class ConsoleError(Exception):
    """Base of what the console raises on purpose."""


class NotLoggedIn(ConsoleError):
    """No session, or it has ended.

    Args:
        typed: What she had typed, so that the page can give it back.
    """

    def __init__(self, typed: str | None = None) -> None:
        super().__init__("there is no valid session; log in again")
        self.typed = typed


class ForgedRequest(ConsoleError):
    """The form did not come from the console's own page."""

    def __init__(self, why: str, typed: str | None = None) -> None:
        super().__init__(f"request refused: {why}")
        self.typed = typed


class UnreadableForm(ConsoleError):
    """The form is too large, of another type, or not UTF-8."""

    def __init__(self, why: str, *, status: int = 400) -> None:
        super().__init__(why)
        self.status = status
