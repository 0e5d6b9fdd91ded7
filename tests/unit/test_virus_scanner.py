"""ClamAV is asked over a line; what it cannot look at does not come in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from handoff.attachments import ClamdScanner
from handoff.exceptions import RefusedFile, ScannerAway
from tests.files import VIRUS, clamd
from tests.servers import free_port


async def test_a_clean_file_passes_whole() -> None:
    async with clamd() as fake:
        await ClamdScanner(fake.address).scan(bytes(200_000))
        assert fake.asked == [200_000]


async def test_a_socket_on_this_machine_does_as_well(tmp_path: Path) -> None:
    async with clamd(str(tmp_path / "clamd.ctl")) as fake:
        await ClamdScanner(fake.address).scan(b"schoon")
        assert fake.asked == [6]


async def test_a_file_with_a_virus_is_refused_in_words() -> None:
    async with clamd() as fake:
        with pytest.raises(RefusedFile, match="virus"):
            await ClamdScanner(fake.address).scan(VIRUS)


async def test_a_file_that_the_scanner_finds_too_large_does_not_come_in() -> None:
    async with clamd() as fake:
        fake.limit = 100_000
        with pytest.raises(ScannerAway, match="StreamMaxLength"):
            await ClamdScanner(fake.address).scan(bytes(300_000))


@pytest.mark.parametrize("said", [b"stream: Can't allocate memory ERROR\0", b"", b"\xff\xfe\0"])
async def test_an_answer_that_is_not_ok_is_no_permission(said: bytes) -> None:
    async with clamd() as fake:
        fake.answer = lambda _: said
        with pytest.raises(ScannerAway):
            await ClamdScanner(fake.address).scan(b"iets")


async def test_without_a_scanner_on_the_line_nothing_comes_in() -> None:
    with pytest.raises(ScannerAway):
        await ClamdScanner(f"tcp://127.0.0.1:{free_port()}").scan(b"iets")


async def test_a_scanner_that_never_answers_is_not_waited_for_long() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ScannerAway):
            await ClamdScanner(f"tcp://127.0.0.1:{port}", timeout_seconds=0.05).scan(b"iets")
