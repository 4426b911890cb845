"""Proofs of payment: a picture or a PDF by its content, whatever its name says."""

from typing import IO, BinaryIO, cast

from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import room

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"%PDF-": "application/pdf",
}
_LARGEST = 5 * 1024 * 1024


def kind_of(head: bytes) -> str | None:
    """Return the media type that a file's first bytes show; None for any other kind."""
    return next((kind for sign, kind in _SIGNATURES.items() if head.startswith(sign)), None)


def store_proof(stream: IO[bytes]) -> str:
    """Keep a proof and return its key; refuses other kinds of files and more than 5 MB."""
    head = stream.read(16)
    stream.seek(0)
    if kind_of(head) is None:
        raise Refused(_("The proof must be a PNG or JPEG picture or a PDF."), field="proof")
    stored = room.store(cast("BinaryIO", stream), field="proof")
    if stored.size > _LARGEST:
        room.discard(stored.key)
        raise Refused(_("The file is larger than %(count)s MB.", count=5), field="proof")
    return stored.key
