"""What a file is decides whether it may come in, never what it is called; photos lose what they tell besides."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from handoff.attachments.checking import Limits, check, kind_of, safe_name
from handoff.attachments.images import LONGEST_SIDE, MAX_POINTS
from handoff.exceptions import RefusedFile
from handoff.vocabulary import FileKind
from tests.files import DOCX, ODT, PDF, PLACE, VOICE, archive, photo

ALL = Limits(frozenset(FileKind), 5_000_000)


def squeezed_and_broken() -> bytes:
    """An OpenDocument text whose `mimetype` was packed, with its packed bytes changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        parts.writestr("content.xml", "x")
    data = bytearray(made.getvalue())
    begins = data.index(b"mimetype") + len("mimetype")
    data[begins : begins + 8] = b"\xff" * 8
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (photo(), FileKind.JPG),
        (photo(form="PNG"), FileKind.PNG),
        (photo(form="WEBP"), FileKind.WEBP),
        (PDF, FileKind.PDF),
        (DOCX, FileKind.DOCX),
        (ODT, FileKind.ODT),
        (VOICE, FileKind.OGG),
    ],
)
def test_the_content_says_what_a_file_is(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) is kind
    assert check("programma.exe", data, ALL).name == f"programma.{kind}"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ\x90\x00" + bytes(200),
        b"GIF89a" + bytes(200),
        b"OggS" + bytes(24) + b"\x80theora" + bytes(200),
        b"\x7fELF" + bytes(200),
        b"tekst %PDF-1.7 later %%EOF",
        b"%PDF-1.7 without an end",
        archive("geheim.txt"),
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        archive("[Content_Types].xml", "word/document.xml", "word/embeddings/oleObject1.bin"),
        archive("content.xml", "Basic/script-lb.xml", mimetype="application/vnd.oasis.opendocument.text"),
        archive("content.xml", mimetype="application/vnd.oasis.opendocument.graphics"),
        DOCX[:-30],
        squeezed_and_broken(),
    ],
)
def test_everything_else_is_refused_with_what_may_be_sent(data: bytes) -> None:
    with pytest.raises(RefusedFile, match="JPG, PNG, WebP, PDF, Word, OpenDocument of spraakbericht"):
        check("foto.jpg", data, ALL)


def test_a_kind_that_the_municipality_does_not_take_is_refused() -> None:
    with pytest.raises(RefusedFile, match="wel sturen: PDF"):
        check("foto.jpg", photo(), Limits(frozenset({FileKind.PDF}), 5_000_000))


@pytest.mark.parametrize(("data", "said"), [(b"", "leeg"), (PDF + bytes(5_000_000), "hoogstens 5 MB")])
def test_an_empty_or_too_large_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(RefusedFile, match=said):
        check("brief.pdf", data, ALL)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_loses_where_and_with_what_it_was_taken(form: str) -> None:
    data = photo(form=form)
    assert PLACE in data
    kept = check("foto", data, ALL).data
    assert PLACE not in kept
    assert b"Telefoon" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_comment_and_what_was_glued_behind_a_photo_stay_behind() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=b"geheim")
    kept = check("foto", out.getvalue() + PDF, ALL).data
    assert b"geheim" not in kept
    assert b"%PDF" not in kept


def test_a_photo_is_turned_as_it_was_held() -> None:
    kept = Image.open(io.BytesIO(check("foto", photo((64, 48), turned=True), ALL).data))
    assert kept.size == (48, 64)
    red, _, blue = kept.getpixel((24, 4))  # what was left is now on top
    assert red > 150
    assert blue < 100


def test_a_large_photo_is_made_smaller_but_stays_readable() -> None:
    kept = Image.open(io.BytesIO(check("foto", photo((6_000, 3_000)), ALL).data))
    assert kept.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_built_anew(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (9, 7)).save(out, "PNG")
    assert Image.open(io.BytesIO(check("tekening", out.getvalue(), ALL).data)).size == (9, 7)


def test_a_photo_in_printing_colours_can_be_built_anew() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (9, 7)).save(out, "JPEG")
    assert Image.open(io.BytesIO(check("drukwerk", out.getvalue(), ALL).data)).mode == "RGB"


def test_a_broken_photo_is_refused_in_words() -> None:
    with pytest.raises(RefusedFile, match="konden wij niet lezen"):
        check("foto.jpg", photo()[:200], ALL)


def test_a_small_file_that_unpacks_to_a_gigantic_picture_is_refused_before_it_is_unpacked() -> None:
    side = int(MAX_POINTS**0.5) + 10

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!L", len(data)) + name + data + struct.pack("!L", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack("!LLBBBBB", side, side, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
    with pytest.raises(RefusedFile, match="te groot"):
        check("foto.png", bomb, ALL)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("brief.pdf", "brief.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Noor\\Mijn brief.PDF", "Mijn brief.pdf"),
        ("rekening\u202efdp.exe", "rekeningfdp.pdf"),
        ('a"b\r\nX-Evil: 1.pdf', "a bX-Evil 1.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "bestand.pdf"),
        ("...", "bestand.pdf"),
        ("Bijlage 3. Bezwaar tegen de aanslag", "Bijlage 3. Bezwaar tegen de aanslag.pdf"),
        ("é" * 200 + ".pdf", "é" * 76 + ".pdf"),
    ],
)
def test_a_name_is_safe_and_ends_as_its_content_does(given: str, kept: str) -> None:
    assert safe_name(given, FileKind.PDF) == kept
