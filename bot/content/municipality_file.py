"""gemeente.yml of one municipality: read as it is now, and replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.content import loader
from bot.content.exceptions import ChangedMeanwhile, InvalidContent, Problem, UnknownMunicipality
from bot.content.schema import MunicipalityFile

FILE = "gemeente.yml"
_MARK = "\ufeff"
"""What some editors put before the text."""


@dataclass(frozen=True)
class Written:
    """The file as somebody wrote it.

    Args:
        path: Where it is.
        text: With `\\n` at the end of each line, as the file has them or not.
        says: The same, checked.
        version: Changes with every byte of the file.
    """

    path: Path
    text: str
    says: MunicipalityFile
    version: str


def path_of(folder: Path, key: str) -> Path:
    """Where a municipality's file is.

    Raises:
        UnknownMunicipality: it has no folder.
    """
    path = folder / "municipalities" / key / FILE
    if path.parent.parent != folder / "municipalities" or not path.is_file():
        raise UnknownMunicipality(key)
    return path


def read(folder: Path, key: str) -> Written:
    """The file as it is at this moment, not as it was when the answers were last read.

    Raises:
        InvalidContent: it has a mistake now; names the line.
        UnknownMunicipality: there is no such municipality.
    """
    path = path_of(folder, key)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8").removeprefix(_MARK).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidContent([Problem(path, 1, f"save the file as UTF-8 ({error.reason})")]) from error
    return Written(path, text, parse(path, text), _version(data))


def parse(path: Path, text: str) -> MunicipalityFile:
    """What the file would say with this text.

    Raises:
        InvalidContent: that has a mistake; names the line.
    """
    reading = loader.Reading({path: text})
    found = reading.file(path, MunicipalityFile)
    if found is None:
        raise InvalidContent(reading.problems)
    return found[1]


def check(folder: Path, path: Path, text: str) -> None:
    """See that all answers are right with this text in the place of the file, as they are read for citizens.

    Raises:
        InvalidContent: with every mistake, in this file or in another.
    """
    loader.load(folder, {path: text})


def put(before: Written, text: str) -> Written:
    """Replace the file at once: who reads meanwhile has the old one or the new one.

    Owner and rights stay as they were where that can be; a link to the file stays one.

    Raises:
        ChangedMeanwhile: it is not as it was read.
        OSError: its folder cannot be written.
    """
    target = before.path.resolve()
    with _alone_in(target.parent):
        old = target.read_bytes()
        if _version(old) != before.version:
            raise ChangedMeanwhile(before.path)
        data = (text.replace("\n", "\r\n") if b"\r\n" in old else text).encode("utf-8")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(target, name)
            with contextlib.suppress(PermissionError):
                os.chown(name, target.stat().st_uid, target.stat().st_gid)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return replace(before, text=text, says=parse(before.path, text), version=_version(data))


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """No other process of balie replaces a file in this folder meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
