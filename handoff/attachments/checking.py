"""What a file is, by its content and never by its name, and whether it may come in.

Seven kinds are known. A photo is known by decoding it whole, the others by the form that their readers ask for: that is
stricter than a table of first bytes, and needs no library for the hundreds of kinds that are refused anyway.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass

from handoff.attachments import images
from handoff.exceptions import RefusedFile
from handoff.vocabulary import FileKind

NAME_CHARACTERS = 80
_MAX_PARTS = 5_000
"""Of a zip file; a document of a thousand pages has some hundreds."""
_LONGEST_MEDIA_TYPE = 100
_MAX_UNPACKED_BYTES = 200_000_000
"""What a zip file may say that it unpacks to: more is meant to fill a disk."""


IMAGES = frozenset({FileKind.JPG, FileKind.PNG, FileKind.WEBP})

_IN_WORDS = {
    FileKind.JPG: "JPG",
    FileKind.PNG: "PNG",
    FileKind.WEBP: "WebP",
    FileKind.PDF: "PDF",
    FileKind.DOCX: "Word",
    FileKind.ODT: "OpenDocument",
    FileKind.OGG: "spraakbericht",
}


@dataclass(frozen=True)
class Limits:
    """What may come in.

    Args:
        kinds: Which kinds of files.
        max_bytes: How large one file may be.
    """

    kinds: frozenset[FileKind]
    max_bytes: int

    @property
    def in_words(self) -> str:
        """The kinds for people: "JPG, PNG of PDF"."""
        *first, last = (_IN_WORDS[kind] for kind in FileKind if kind in self.kinds)
        return f"{', '.join(first)} of {last}" if first else last

    @property
    def max_megabytes(self) -> int:
        """How large a file may be, in MB of a million bytes."""
        return self.max_bytes // 1_000_000


@dataclass(frozen=True)
class Checked:
    """A file that may come in."""

    kind: FileKind
    name: str
    data: bytes


def check(name: str, data: bytes, limits: Limits) -> Checked:
    """The file as it may be kept: its name made safe, a photo built anew. Slow: call it in a thread.

    Args:
        name: As the sender's device gave it.

    Raises:
        RefusedFile: too large, empty, of another kind, or broken.
    """
    check_size(len(data), limits)
    kind = kind_of(data)
    if kind is None or kind not in limits.kinds:
        raise RefusedFile(f"Dit soort bestand kunnen wij niet ontvangen. U kunt dit wel sturen: {limits.in_words}.")
    if kind in IMAGES:
        data = images.rebuild(data, kind.upper().replace("JPG", "JPEG"))
    return Checked(kind, safe_name(name, kind), data)


def check_size(length: int, limits: Limits) -> None:
    """Raises:
    RefusedFile: nothing is in it, or more than may be.
    """
    if length == 0:
        raise RefusedFile("Dit bestand is leeg. Kies een ander bestand.")
    if length > limits.max_bytes:
        raise too_large(limits)


def too_large(limits: Limits) -> RefusedFile:
    """The refusal of a file that is larger than may be."""
    return RefusedFile(f"Dit bestand is te groot. Een bestand mag hoogstens {limits.max_megabytes} MB zijn.")


def kind_of(data: bytes) -> FileKind | None:
    """What this is; None when it is nothing that we know."""
    if data.startswith(b"\xff\xd8\xff"):
        return FileKind.JPG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileKind.WEBP
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]:
        return FileKind.PDF
    if data.startswith(b"OggS") and data[28:36] == b"OpusHead":  # the first page holds nothing else (RFC 7845)
        return FileKind.OGG
    if data.startswith(b"PK\x03\x04"):
        return _document_in(data)
    return None


def _document_in(data: bytes) -> FileKind | None:
    """A document without macros, whose parts say what it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
                return None
            if _has_macros(names):
                return None
            if {"[Content_Types].xml", "word/document.xml"} <= names:
                return FileKind.DOCX
            if {"mimetype", "content.xml"} <= names and _stands_uncompressed(archive.getinfo("mimetype")):
                is_text = archive.read("mimetype").strip() == FileKind.ODT.media_type.encode()
                return FileKind.ODT if is_text else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None  # all that zipfile raises of a broken, encrypted or odd archive: it is no document then
    return None


def _stands_uncompressed(part: zipfile.ZipInfo) -> bool:
    """As OpenDocument asks of `mimetype` (part 2, 3.3), so nothing that was sent is unpacked here."""
    return part.compress_type == zipfile.ZIP_STORED and part.file_size < _LONGEST_MEDIA_TYPE


def _has_macros(names: Collection[str]) -> bool:
    return any(
        name.lower().endswith("vbaproject.bin")
        or name.startswith(("Basic/", "Scripts/", "word/activeX/", "word/embeddings/"))
        for name in names
    )


_SEPARATORS = re.compile(r"[\\/:*?\"<>|\s\[\]]+")


def safe_name(name: str, kind: FileKind) -> str:
    """The name without path, control or direction characters, at most 80 long, ending as its content does."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        c for c in unicodedata.normalize("NFC", last) if not unicodedata.category(c).startswith(("C", "Z")) or c == " "
    )
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 5:
        stem = plain
    stem = _SEPARATORS.sub(" ", stem).strip(" .-_")[: NAME_CHARACTERS - len(kind) - 1].strip(" .-_")
    return f"{stem or 'bestand'}.{kind}"
