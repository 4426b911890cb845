"""What a file is, by its content: its name only has to agree.

Nothing here unpacks or draws anything; a container is judged by its table of contents.
"""

import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from kit.errors import Refused
from kit.forms import clean
from kit.i18n import gettext as _

HEAD = 4_096
LONGEST_NAME = 200
_ENTRIES = 5_000
_UNPACKED = 300 * 1024 * 1024
_RATIO = 150
_TEXT_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file: its media type, the extensions it goes by, and whether browsers show it."""

    media_type: str
    extensions: tuple[str, ...]
    icon: str
    inline: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument."
PNG = FileType("image/png", ("png",), "photo", inline=True)
JPEG = FileType("image/jpeg", ("jpg", "jpeg"), "photo", inline=True)
GIF = FileType("image/gif", ("gif",), "photo", inline=True)
WEBP = FileType("image/webp", ("webp",), "photo", inline=True)
PDF = FileType("application/pdf", ("pdf",), "file-type-pdf", inline=True)
OFD = FileType("application/ofd", ("ofd",), "file-certificate")
"""China's own format of fixed pages (GB/T 33190): electronic fapiao and official letters."""
DOCX = FileType(_OFFICE + "wordprocessingml.document", ("docx",), "file-type-docx")
XLSX = FileType(_OFFICE + "spreadsheetml.sheet", ("xlsx",), "file-type-xls")
PPTX = FileType(_OFFICE + "presentationml.presentation", ("pptx",), "file-type-ppt")
OLD_OFFICE = FileType("application/x-ole-storage", ("doc", "xls", "ppt", "wps", "et"), "file-text")
ZIP = FileType("application/zip", ("zip",), "file-zip")
TEXT = FileType("text/plain", ("txt", "csv", "log", "md"), "file-text")
MP4 = FileType("video/mp4", ("mp4", "m4v"), "video")
MP3 = FileType("audio/mpeg", ("mp3",), "music")
M4A = FileType("audio/mp4", ("m4a",), "music")
WAV = FileType("audio/wav", ("wav",), "music")

ALLOWED: tuple[FileType, ...] = (
    *(PNG, JPEG, GIF, WEBP, PDF, OFD, DOCX, XLSX, PPTX, OLD_OFFICE, TEXT, ZIP),
    *(MP4, MP3, M4A, WAV),
)
"""What a workspace takes unless it says otherwise."""

_BY_MEDIA_TYPE = {one.media_type: one for one in ALLOWED}
_INSIDE = {"word/": DOCX, "xl/": XLSX, "ppt/": PPTX}
_ACTIVE = (b"<!doctype html", b"<html", b"<svg", b"<script", b"<?php", b"<iframe", b"#!", b"<head")


def type_of(media_type: str) -> FileType | None:
    """Return the kind of file behind a stored media type, None for an unknown one."""
    return _BY_MEDIA_TYPE.get(media_type)


def accepted() -> str:
    """Return the extensions that are taken, as a file field's `accept` wants them."""
    return ",".join(f".{each}" for one in ALLOWED for each in one.extensions)


def clean_name(given: str) -> str:
    """Return what a file is called, without the folders that some browsers send along.

    Refuses an empty name, one too long, and characters that hide or turn round what is read.
    """
    name = clean.normalise(given).replace("\\", "/").rpartition("/")[2].strip()
    if clean.has_control(name):
        raise Refused(
            _(
                "The name of the file %(name)s contains invisible control characters.",
                name=clean.visible(name)[:60],
            ),
            field="files",
        )
    if clean.has_bidi_override(name):
        raise Refused(
            _("The name of the file contains characters that reverse the reading order."),
            field="files",
        )
    if not name.strip(". "):
        raise Refused(_("The file has no name."), field="files")
    if len(name) > LONGEST_NAME:
        raise Refused(
            _("The name of a file may have at most %(count)s characters.", count=LONGEST_NAME),
            field="files",
        )
    return name


def extension_of(name: str) -> str:
    """Return the extension of a name in lower case, "" for none."""
    return PurePath(name).suffix.lower().lstrip(".")


def recognise(name: str, stream: BinaryIO) -> FileType:
    """Return what a file is; refuses what is not taken, and a name that says something else."""
    found = _by_content(stream)
    stream.seek(0)
    if found is None:
        raise Refused(_("%(name)s: files of this kind are not taken.", name=name), field="files")
    if extension_of(name) not in found.extensions:
        raise Refused(
            _(
                "%(name)s: its content is not what its name says. It should end in %(kinds)s.",
                name=name,
                kinds=", ".join(f".{one}" for one in found.extensions),
            ),
            field="files",
        )
    return found


def _by_content(stream: BinaryIO) -> FileType | None:
    stream.seek(0)
    head = stream.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _container(stream)
    return _by_signature(head) or (TEXT if _is_text(stream, head) else None)


def _by_signature(head: bytes) -> FileType | None:
    for sign, found in (
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"\xff\xd8\xff", JPEG),
        (b"GIF87a", GIF),
        (b"GIF89a", GIF),
        (b"%PDF-", PDF),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE),
        (b"ID3", MP3),
    ):
        if head.startswith(sign):
            return found
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return M4A if head[8:11] == b"M4A" else MP4
    # An MPEG frame without a tag before it: eleven set bits, layer III.
    is_mpeg = len(head) > 2 and head[0] == 0xFF and head[1] in {0xFB, 0xF3, 0xF2}
    return MP3 if is_mpeg else None


def _container(stream: BinaryIO) -> FileType | None:
    """Return what a zip file is; None for one that programs are in, Refused for a bomb."""
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return None
    packed = sum(one.compress_size for one in entries)
    unpacked = sum(one.file_size for one in entries)
    too_much = unpacked > _UNPACKED or unpacked > _RATIO * max(packed, 10_000)
    if len(entries) > _ENTRIES or too_much:
        raise Refused(
            _("Unpacked, this file would be far larger than it looks; it is not taken."),
            field="files",
        )
    names = {one.filename for one in entries}
    if any(name.lower().endswith(("vbaproject.bin", ".class", "androidmanifest.xml"))
           for name in names):  # fmt: skip
        return None
    if "OFD.xml" in names:
        return OFD
    if "[Content_Types].xml" in names:
        return next(
            (kind for start, kind in _INSIDE.items() if any(n.startswith(start) for n in names)),
            None,
        )
    return ZIP


def _is_text(stream: BinaryIO, head: bytes) -> bool:
    """Tell whether a file is plain text that no browser would take for a page or a script."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<", b"mz")) or any(mark in start[:1_024] for mark in _ACTIVE):
        return False
    return any(_decodes(stream, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    import codecs

    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(_TEXT_CHUNK):
            if clean.has_control(decoder.decode(chunk).replace("\r", ""), lines=True):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
