"""The answers of this moment: read again when a file changes, never half."""

import itertools
import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from bot.content.answers import Content
from bot.content.exceptions import InvalidContent

logger = logging.getLogger(__name__)

_Fingerprint = frozenset[tuple[str, int, int]]


class ContentStore:
    """Serves one snapshot until the files have changed and all of them are right again.

    Args:
        path: folder with topics/, municipalities/ and phrases.yml.
        check_seconds: how often to look whether a file changed.
        clock: seconds, monotonic.

    Raises:
        InvalidContent: at the start only; later mistakes are logged and the last good snapshot stays.
    """

    def __init__(self, path: Path, check_seconds: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._check_seconds = check_seconds
        self._clock = clock
        self._lock = Lock()
        self._seen = self._fingerprint()
        self._content = Content.load(path)
        self._checked_at = clock()

    def current(self) -> Content:
        """The newest snapshot without mistakes."""
        if self._clock() - self._checked_at >= self._check_seconds and self._lock.acquire(blocking=False):
            try:
                self._reload_if_changed()
            finally:
                self._checked_at = self._clock()
                self._lock.release()
        return self._content

    def _reload_if_changed(self) -> None:
        found = self._fingerprint()
        if found == self._seen:
            return
        self._seen = found
        try:
            self._content = Content.load(self._path)
        except (InvalidContent, OSError) as error:
            logger.error("The answers are not read again, the former ones stay: %s", error)
        else:
            logger.info("The answers were read again.")

    def _fingerprint(self) -> _Fingerprint:
        found = set()
        for file in itertools.chain(self._path.rglob("*.yml"), self._path.rglob("*.svg")):
            try:
                status = file.stat()
            except FileNotFoundError:
                continue  # an editor's program replaces a file by removing it first; the next look sees it
            found.add((str(file), status.st_mtime_ns, status.st_size))
        return frozenset(found)
