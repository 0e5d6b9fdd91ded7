"""Files that a citizen and an employee send each other.

A file is looked at before anything keeps it: its size, what it really is, and whether a virus scanner finds something.
Photos are built anew, so that where and with what they were taken stays behind. What is kept lies encrypted
outside every folder that is served, under a random name, with a key of its own beside the message. So a file
that is erased can't be read from that moment on, in back-ups of the folder neither.
"""

from handoff.attachments.cabinet import FileCabinet
from handoff.attachments.checking import IMAGES, Limits, too_large
from handoff.attachments.giving import as_response
from handoff.attachments.scanning import ClamdScanner, Scanner
from handoff.attachments.store import MAX_IN_CONVERSATION, Attachments, Opened, Prepared, find
from handoff.attachments.upload import FORM_BYTES, Upload, read_upload

__all__ = [
    "FORM_BYTES",
    "IMAGES",
    "MAX_IN_CONVERSATION",
    "Attachments",
    "ClamdScanner",
    "FileCabinet",
    "Limits",
    "Opened",
    "Prepared",
    "Scanner",
    "Upload",
    "as_response",
    "find",
    "read_upload",
    "too_large",
]
