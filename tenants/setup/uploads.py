"""Files of the help: a picture or a PDF by its content, whatever its name says."""

import io
from typing import IO

from PIL import Image

from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import room

MEGABYTES = 5
PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"%PDF-": "application/pdf",
}


def type_of(head: bytes) -> str | None:
    """Return the media type that a file's first bytes show; None for any other kind."""
    return next((kind for sign, kind in _TYPES.items() if head.startswith(sign)), None)


def keep(stream: IO[bytes], *, field: str, pdf: bool = False) -> str:
    """Keep a picture (or a PDF, where it may be one) and return its key; refuses anything else."""
    data = stream.read(MEGABYTES * 1024 * 1024 + 1)
    if len(data) > MEGABYTES * 1024 * 1024:
        raise Refused(_("The file is larger than %(count)s MB.", count=MEGABYTES), field=field)
    is_pdf = pdf and type_of(data[:16]) == "application/pdf"
    if not is_pdf and not _is_picture(data):
        sentence = (
            _("The file must be a PNG, JPEG or WebP picture or a PDF.")
            if pdf
            else _("The picture must be a PNG, JPEG or WebP.")
        )
        raise Refused(sentence, field=field)
    return room.store(io.BytesIO(data), field=field).key


def _is_picture(data: bytes) -> bool:
    """Tell whether bytes really are a picture, by reading all of it."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > PIXELS:
                return False
            picture.load()
            return True
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
