"""What can go wrong in a handoff; each message tells the reader what to do."""

from __future__ import annotations

from collections.abc import Mapping


class HandoffError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownConversation(HandoffError):
    """No conversation with this id: it never existed or was erased."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"conversation {conversation_id} does not exist (any more); start a new one")
        self.conversation_id = conversation_id


class ConversationClosed(HandoffError):
    """The conversation is closed; a further message belongs in a linked conversation."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"conversation {conversation_id} is closed; open a linked conversation")
        self.conversation_id = conversation_id


class NotAsked(HandoffError):
    """Nobody asks what she thinks of this conversation, or not any more."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"nothing is asked of conversation {conversation_id}; it goes on, is long over, or was grave")
        self.conversation_id = conversation_id


class UnknownCase(HandoffError):
    """No case with this id or reference."""

    def __init__(self, case_id: str) -> None:
        super().__init__(f"case {case_id} does not exist; refresh the queue")
        self.case_id = case_id


class StaleOwner(HandoffError):
    """The owner or epoch that a change expected has passed; carries what is true now."""

    def __init__(self, conversation_id: str, *, owner: str, epoch: int) -> None:
        super().__init__(f"conversation {conversation_id} is now with {owner} (epoch {epoch}); read it again")
        self.conversation_id = conversation_id
        self.owner = owner
        self.epoch = epoch


class AlreadyClaimed(HandoffError):
    """Somebody was first; carries who, so the loser can be told."""

    def __init__(self, case_id: str, *, holder: str | None) -> None:
        who = holder or "nobody: it no longer waits"
        super().__init__(f"case {case_id} was claimed by {who}; take another from the queue")
        self.case_id = case_id
        self.holder = holder


class AtCapacity(HandoffError):
    """The employee already has her maximum of open conversations."""

    def __init__(self, employee_id: str, *, maximum: int, in_crisis: bool = False) -> None:
        why = "helps somebody in crisis" if in_crisis else f"has {maximum} open conversations"
        super().__init__(f"employee {employee_id} {why}; close or hand back one first")
        self.employee_id = employee_id
        self.maximum = maximum
        self.in_crisis = in_crisis
        """Whether she has no room because somebody in crisis takes all of it."""


class OfferedToAnother(HandoffError):
    """The case is offered to a colleague at this moment; carries her name."""

    def __init__(self, case_id: str, *, name: str) -> None:
        super().__init__(f"case {case_id} is offered to {name} now; take another, or wait until the offer has passed")
        self.case_id = case_id
        self.name = name


class NeedsSkill(HandoffError):
    """A crisis is for colleagues with the skill first, and one of them is there and free."""

    def __init__(self, case_id: str, *, names: tuple[str, ...]) -> None:
        super().__init__(f"case {case_id} is a crisis; {', '.join(names)} can take it now")
        self.case_id = case_id
        self.names = names


class NotAllowed(HandoffError):
    """The employee has no right to this case: another municipality, team or holder."""


class InvalidText(HandoffError):
    """A message that cannot be stored: empty, too long, or not text."""


class InvalidQuickReply(InvalidText):
    """What an employee typed as buttons cannot be sent as such; the message is for her."""


class RefusedFile(HandoffError):
    """A file that may not come in; the message says why, in Dutch, to who sent it."""


class UnreadableUpload(HandoffError):
    """A form with a file that cannot be read; the message says what is wrong with it."""


class FilesNeedPerson(HandoffError):
    """Files go to an employee only, and none has the conversation."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"no employee has conversation {conversation_id}; files are sent to a person only")
        self.conversation_id = conversation_id


class ScannerAway(HandoffError):
    """The virus scanner cannot be asked now, so nothing may come in that it has to look at."""


class FileMissing(HandoffError):
    """There is no such file, or its folder was not put back with the database."""


class InvalidEmployee(HandoffError):
    """Account details that cannot be accepted; the message says which and why."""


class LastAdministrator(HandoffError):
    """Nobody would be left who keeps the accounts of a municipality."""

    def __init__(self) -> None:
        super().__init__("this is the last administrator; make somebody else administrator first")


class OwnRights(HandoffError):
    """An administrator would change her own role, teams, skills or account."""

    def __init__(self) -> None:
        super().__init__("nobody changes her own rights; ask another administrator, or use `balie employee`")


class InvalidHours(HandoffError):
    """Opening hours that cannot be read or make no sense; the message says what to do, in Dutch, to who typed them."""


class InvalidOpening(HandoffError):
    """Something about when a municipality is open that makes no sense.

    Args:
        problems: What to do, in Dutch, by the field that it is about.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


class SettingsChanged(HandoffError):
    """Somebody else changed a municipality's file since it was looked at."""

    def __init__(self) -> None:
        super().__init__("somebody changed the file meanwhile; look at it again, then change it")


class FaultySettings(HandoffError):
    """The files have a mistake, so that no change to them would be read.

    Args:
        where: File and line.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}; correct this first, until then no change is read")
        self.where = where


class UnwritableSettings(HandoffError):
    """Balie may not write in the folder of a municipality's file.

    Args:
        folder: Which.
    """

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder} cannot be written; check the rights on it")
        self.folder = folder


class UnusualSettings(HandoffError):
    """The file is written in a way in which one thing cannot be changed without another."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is written so (with & and *) that this cannot be changed alone; change it by hand")
        self.file = file


class LogInRefused(HandoffError):
    """Wrong log-in name or password, or an account that is locked or inactive."""

    def __init__(self, message: str, *, locked_seconds: int = 0) -> None:
        super().__init__(message)
        self.locked_seconds = locked_seconds


class DatabaseUnavailable(HandoffError):
    """The database cannot be opened or is not at the expected version."""


class ReportNotSent(HandoffError):
    """A report did not reach the system that it is for; nothing arrived there, so it can be sent again."""

    def __init__(self, why: str, *, after_seconds: float | None = None) -> None:
        super().__init__(f"{why}; it is sent again")
        self.why = why
        self.after_seconds = after_seconds
        """How long that system wants to be left alone, where it said so."""


class ReportRefused(HandoffError):
    """The system that a report is for does not take it, and will not the next time."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; it goes to the team, and an administrator looks at the settings")
        self.why = why


class ReportUncertain(HandoffError):
    """A report was sent, but nobody can know whether it arrived."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; it is not sent again, the team looks")
        self.why = why
