"""Asking a virus scanner. ClamAV's daemon speaks INSTREAM: the file goes over the line, nothing is put on a disk."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from handoff.exceptions import RefusedFile, ScannerAway

log = structlog.get_logger(__name__)

CHUNK_BYTES = 64 * 1024
REPLY_BYTES = 4_096
INFECTED = (
    "In dit bestand zit misschien een virus. Wij hebben het niet bewaard. U kunt wel typen wat erin staat. "
    "Vraag iemand die u vertrouwt om uw telefoon of computer na te kijken."
)


class Scanner(Protocol):
    """Says whether a file is safe."""

    async def scan(self, data: bytes) -> None:
        """Return when nothing was found.

        Raises:
            RefusedFile: something was found.
            ScannerAway: the scanner cannot be asked now.
        """


class ClamdScanner:
    """ClamAV's daemon.

    Args:
        address: "tcp://host:3310" or "unix:///run/clamav/clamd.ctl".
        timeout_seconds: For the whole question; a large document takes clamd some seconds.
    """

    def __init__(self, address: str, timeout_seconds: float = 30.0) -> None:
        self._address = urlsplit(address)
        self._timeout_seconds = timeout_seconds

    async def scan(self, data: bytes) -> None:
        """See `Scanner.scan`."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reply = await self._ask(data)
        except (OSError, TimeoutError) as error:
            log.error("scanner.away", error=type(error).__name__)
            raise ScannerAway("the virus scanner does not answer; check BALIE_CLAMD_URL and clamd") from error
        said = reply.rstrip(b"\0").decode("ascii", "replace").removeprefix("stream: ")
        if said == "OK":
            return
        if said.endswith(" FOUND"):
            log.warning("scanner.found", signature=said.removesuffix(" FOUND"))
            raise RefusedFile(INFECTED)
        log.error("scanner.refused", said=said[:200])
        raise ScannerAway("the virus scanner could not look at a file; is its StreamMaxLength below the largest file?")

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            with contextlib.suppress(ConnectionError):  # it may stop reading, and then says why
                for start in range(0, len(data), CHUNK_BYTES):
                    chunk = data[start : start + CHUNK_BYTES]
                    writer.write(struct.pack("!L", len(chunk)) + chunk)
                    await writer.drain()
                writer.write(struct.pack("!L", 0))
                await writer.drain()
            return await reader.read(REPLY_BYTES)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.scheme == "unix":
            return await asyncio.open_unix_connection(self._address.path)
        return await asyncio.open_connection(self._address.hostname, self._address.port or 3310)
