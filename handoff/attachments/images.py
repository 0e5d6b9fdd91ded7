"""Photos built anew from their points: no place, no device, no hidden text or second file comes along."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import Image, ImageOps

from handoff.exceptions import RefusedFile

MAX_POINTS = 64_000_000
"""What a telephone of 2026 makes at most by default is 50 million points; more is refused before it is unpacked."""
LONGEST_SIDE = 4_096
"""Points: a page of A4 is then sharp at 350 dots an inch, and memory stays bounded."""
QUALITY = 88

_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)
_MODES = {"1": "L", "L": "L", "I": "L", "I;16": "L", "F": "L", "RGB": "RGB", "YCbCr": "RGB", "CMYK": "RGB"}


def rebuild(data: bytes, form: str) -> bytes:
    """The picture in the same format, turned as it was meant, at most `LONGEST_SIDE` long.

    Args:
        form: Pillow's name: "JPEG", "PNG" or "WEBP".

    Raises:
        RefusedFile: it is broken, or holds more points than any camera makes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
            return _rebuild(data, form)
    except _BROKEN as error:
        raise RefusedFile("Deze foto konden wij niet lezen. Maak hem opnieuw, of kies een andere.") from error


def _rebuild(data: bytes, form: str) -> bytes:
    with Image.open(io.BytesIO(data), formats=[form]) as image:
        if image.width * image.height > MAX_POINTS:
            raise RefusedFile("Deze foto is te groot. Maak hem kleiner, of kies een andere.")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is unpacked smaller at once
        turned = ImageOps.exif_transpose(image)
    mode = _MODES.get(turned.mode, "RGB" if form == "JPEG" else "RGBA")
    clean = turned if turned.mode == mode else turned.convert(mode)
    clean.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean.info = {}  # what else came with it: comments, profiles, text
    out = io.BytesIO()
    if form == "PNG":
        clean.save(out, form)
    else:
        clean.save(out, form, quality=QUALITY)
    return out.getvalue()
