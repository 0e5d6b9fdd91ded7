"""Files as people send them, made for tests, and a virus scanner that finds what it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import io
import struct
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
VOICE = b"OggS\0\x02" + bytes(22) + b"OpusHead\x01\x01" + bytes(200)
"""The first page of a spoken message, and what sounds after it."""
VIRUS = b"a virus that only the tests know"
PLACE = b"52.3702"
"""Stands in the photo's data about where it was taken."""


def photo(size: tuple[int, int] = (64, 48), form: str = "JPEG", *, turned: bool = False) -> bytes:
    """A picture, red on the left and blue on the right, that tells where it was taken."""
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((30, 30, 200), (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x010E] = f"Gemaakt op {PLACE.decode()}, 4.8952"  # ImageDescription
    exif[0x0110] = "Telefoon van iemand"  # Model
    if turned:
        exif[0x0112] = 6  # Orientation: turn a quarter to the right
    out = io.BytesIO()
    picture.save(out, form, exif=exif)
    return out.getvalue()


def archive(*names: str, **contents: str) -> bytes:
    """A zip file with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, text in contents.items():
            target.writestr(name, text)
        for name in names:
            target.writestr(name, "x")
    return out.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ODT = archive("content.xml", mimetype="application/vnd.oasis.opendocument.text")


@dataclass
class FakeClamd:
    """Speaks INSTREAM; a test may set what it answers."""

    address: str
    answer: Callable[[bytes], bytes] = field(
        default=lambda data: b"stream: Test-Virus FOUND\0" if VIRUS in data else b"stream: OK\0"
    )
    limit: int = 10_000_000
    asked: list[int] = field(default_factory=list)
    """How long each file was that it looked at."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        data = b""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while length := struct.unpack("!L", await reader.readexactly(4))[0]:
                data += await reader.readexactly(length)
                if len(data) > self.limit:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    break
            else:
                self.asked.append(len(data))
                writer.write(self.answer(data))
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def clamd(path: str | None = None) -> AsyncIterator[FakeClamd]:
    """A scanner on a free port of this machine, or on a socket at `path`."""
    fake = FakeClamd("")
    if path is None:
        server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        fake.address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server = await asyncio.start_unix_server(fake.serve, path)
        fake.address = f"unix://{path}"
    async with server:
        yield fake
