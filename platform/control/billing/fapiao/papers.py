"""The documents themselves: a PDF or an OFD by its content, kept with the workspace's files."""

from typing import BinaryIO

from control.verification.papers import Paper
from kit import files
from kit.errors import Refused
from kit.file_kinds import OFD, PDF, clean_name, recognise
from kit.i18n import gettext as _

MEGABYTES = 10
EXTENSIONS = ("pdf", "ofd")
FIELD = "file"


def keep(stream: BinaryIO, *, name: str) -> Paper:
    """Keep a document of the open workspace; refuses what is neither PDF nor OFD, or too large."""
    try:
        name = clean_name(name)
        found = recognise(name, stream)
    except Refused as refusal:
        raise Refused(refusal, field=FIELD) from None
    if found not in {PDF, OFD}:
        raise Refused(_("A fapiao is a PDF or an OFD file."), field=FIELD)
    if stream.seek(0, 2) > MEGABYTES * 1024 * 1024:
        raise Refused(_("The file is larger than %(count)s MB.", count=MEGABYTES), field=FIELD)
    stream.seek(0)
    return Paper(files.store(stream).key, found.media_type, name)
