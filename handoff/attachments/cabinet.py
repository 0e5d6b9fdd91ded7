"""Encrypted files in a folder that nothing serves: random names, a key for each.

A file is written whole and synced before its row is committed, so what was acknowledged is there. A file without a row
cannot be read by anybody, for its key is gone; `sweep` takes such files away.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from handoff.exceptions import FileMissing

_NONCE_BYTES = 12
SWEEP_BATCH = 500


@dataclass(frozen=True)
class Filed:
    """Where a file lies, and the key without which it is noise."""

    file: str
    key: bytes


class FileCabinet:
    """The folder; several balie processes share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> Filed:
        """Encrypt and write, on the disk when this returns."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, filed: Filed) -> bytes:
        """The content.

        Raises:
            FileMissing: it is not there (a back-up without the folder), or was changed.
        """
        return await asyncio.to_thread(self._get, filed)

    async def remove(self, files: Collection[str]) -> None:
        """Take files away; one that is gone already is fine."""
        if files:
            await asyncio.to_thread(self._remove, files)

    async def sweep(self, *, older_than: float, known: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """Take away files that nobody knows: their erasing or keeping was broken off; returns how many.

        Args:
            older_than: Seconds since 1970; younger files may be about to get their row.
            known: Of these names, those that have a row.
        """
        swept = 0
        files = self._older(older_than)
        while batch := await asyncio.to_thread(lambda: list(islice(files, SWEEP_BATCH))):
            orphans = set(batch) - set(await known(batch))
            await self.remove(orphans)
            swept += len(orphans)
        return swept

    def _put(self, data: bytes) -> Filed:
        file, key, nonce = secrets.token_hex(32), AESGCM.generate_key(256), secrets.token_bytes(_NONCE_BYTES)
        path = self._path(file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The name goes into the seal: a file that was put in another's place is noticed.
        sealed = nonce + AESGCM(key).encrypt(nonce, data, file.encode())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(sealed)
            target.flush()
            os.fsync(target.fileno())
        _sync_folder(path.parent)
        return Filed(file, key)

    def _get(self, filed: Filed) -> bytes:
        try:
            sealed = self._path(filed.file).read_bytes()
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return AESGCM(filed.key).decrypt(nonce, rest, filed.file.encode())
        except (OSError, InvalidTag, ValueError) as error:
            raise FileMissing("a file of a conversation is not in BALIE_DATA_DIR, or was changed") from error

    def _remove(self, files: Collection[str]) -> None:
        for file in files:
            self._path(file).unlink(missing_ok=True)

    def _older(self, moment: float) -> Iterator[str]:
        for path in self._folder.glob("??/*"):
            try:
                if path.stat().st_mtime < moment:
                    yield path.name
            except FileNotFoundError:
                continue  # erased meanwhile

    def _path(self, file: str) -> Path:
        return self._folder / file[:2] / file


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
