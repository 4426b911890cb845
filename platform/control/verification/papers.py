"""Scans that come with a verification: a picture or a PDF by its content; links to look at one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from itsdangerous import BadSignature, URLSafeTimedSerializer

from kit import files
from kit.errors import Refused
from kit.file_kinds import JPEG, PDF, PNG, clean_name, recognise
from kit.i18n import gettext as _
from kit.settings import get_settings

MEGABYTES = 10
EXTENSIONS = ("png", "jpg", "jpeg", "pdf")
LICENCE = "licence"
LINK_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Paper:
    """A scan that is kept with the workspace's files."""

    key: str
    media_type: str
    name: str


def keep(stream: BinaryIO, *, name: str, field: str) -> Paper:
    """Keep a scan of the open workspace; refuses what is neither picture nor PDF, or too large."""
    try:
        name = clean_name(name)
        found = recognise(name, stream)
    except Refused as refusal:
        raise Refused(refusal, field=field) from None
    if found not in {PNG, JPEG, PDF}:
        raise Refused(_("The scan must be a PNG or JPEG picture or a PDF."), field=field)
    if stream.seek(0, 2) > MEGABYTES * 1024 * 1024:
        raise Refused(_("The file is larger than %(count)s MB.", count=MEGABYTES), field=field)
    stream.seek(0)
    return Paper(files.store(stream).key, found.media_type, name)


def signed(verification_id: str, which: str, *, reader: str) -> str:
    """Return a token by which one person may look at one scan for some minutes."""
    return str(_signer().dumps([verification_id, which, reader]))


def read(token: str, *, reader: str) -> tuple[str, str] | None:
    """Return verification and scan behind a token; None when forged, too old or another's."""
    try:
        found: Any = _signer().loads(token, max_age=int(LINK_FOR.total_seconds()))
    except BadSignature:
        return None
    verification_id, which, whose = found
    return (verification_id, which) if whose == reader else None


def _signer() -> URLSafeTimedSerializer:
    # The salt is the audience: nothing else that we sign leads to a scan.
    return URLSafeTimedSerializer(
        get_settings().secret_key.get_secret_value(), salt="simtree verification"
    )
