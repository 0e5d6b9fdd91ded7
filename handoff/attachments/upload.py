"""Reading a form with one file in it, in memory: what was not looked at yet never touches a disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from handoff.attachments.checking import Limits, too_large
from handoff.exceptions import UnreadableUpload

FILE_FIELD = "bestand"
FORM_BYTES = 64_000
"""What a form holds besides its file."""
_MAX_FIELDS = 5


class Posted(Protocol):
    """A request, as far as it is read here."""

    @property
    def headers(self) -> Headers:
        """Of the request."""

    def stream(self) -> AsyncGenerator[bytes, None]:
        """Its body."""


@dataclass(frozen=True)
class Upload:
    """A form with a file."""

    fields: Mapping[str, str]
    name: str
    data: bytes


async def read_upload(request: Posted, limits: Limits) -> Upload:
    """The fields and the file of a multipart form.

    Raises:
        RefusedFile: the file is larger than may be.
        UnreadableUpload: not such a form, or without a file.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnreadableUpload("the form is not multipart/form-data")
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=_MAX_FIELDS, max_part_size=FORM_BYTES
    )
    parser.spool_max_size = limits.max_bytes + FORM_BYTES + 1
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise UnreadableUpload("the multipart form cannot be read") from error
    except HTTPException as error:
        if error.status_code == 413:
            raise too_large(limits) from error
        raise
    try:
        file = form.get(FILE_FIELD)
        if not isinstance(file, UploadFile) or not file.filename:
            raise UnreadableUpload("the form has no file in its field 'bestand'")
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        return Upload(fields, file.filename, await file.read())
    finally:
        await form.close()
