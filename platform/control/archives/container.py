"""The outer form of an archive: chunks under a key that comes from a passphrase.

Stands alone on purpose: with this file, Python and the package `cryptography`, anybody opens an
archive without Simtree: `python container.py shanhai.simtree shanhai.zip`.

    bytes   what
    16      "SIMTREE-ARCHIVE" and a line feed
    2       version of this form, big-endian: 1
    4       length of the header, big-endian
    …       header, JSON: kdf {name, salt, n, r, p}, file_salt, chunk, check (base64 where bytes)
    32      SHA-256 of everything before it
    …       chunks: each ciphertext and 16 bytes of tag; all but the last hold `chunk` bytes

Passphrase, in Unicode NFC and UTF-8 → scrypt (RFC 7914) with `kdf` → 32 bytes, the *master*.
HKDF-SHA-256 (RFC 5869) of the master with salt `file_salt`: info "simtree archive check" gives
`check` (16 bytes), which tells a wrong passphrase from a damaged file; info "simtree archive
chunks" the AES-256-GCM key. Chunk i has nonce = i (11 bytes, big-endian) and one byte, 1 for the
last chunk and 0 for any other; its associated data is that SHA-256. So a chunk cannot be changed,
left out, moved or taken from another archive, and an archive cannot be cut off.

The plain text is a ZIP file.
"""

import base64
import getpass
import hashlib
import hmac
import io
import json
import os
import struct
import sys
import unicodedata
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"SIMTREE-ARCHIVE\n"
VERSION = 1
CHUNK = 1 << 20
COST = 1 << 17
"""scrypt's n: 128 MB and about half a second for each guess."""

_TAG = 16
_PREFIX = struct.Struct(">HI")
_LONGEST_HEADER = 4_096
_LARGEST_COST = 1 << 20
_LARGEST_CHUNK = 1 << 24


class BadArchive(Exception):
    """An archive that cannot be trusted; the text says what is wrong with it."""


class WrongPassphrase(BadArchive):
    """The passphrase is not the one this archive was made with."""


def new_salt() -> bytes:
    """Return a fresh salt for `master_key`."""
    return os.urandom(16)


def master_key(passphrase: str, salt: bytes, *, cost: int = COST, r: int = 8, p: int = 1) -> bytes:
    """Return the key that a passphrase gives with a salt."""
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=cost, r=r, p=p).derive(text)


def _derive(master: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=purpose)
    return kdf.derive(master)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


class Header:
    """The beginning of an archive, read and checked without its passphrase."""

    def __init__(self, raw: bytes, digest: bytes, fields: dict[str, Any]) -> None:
        self.raw = raw
        self.digest = digest
        try:
            kdf = fields["kdf"]
            self.salt = base64.b64decode(kdf["salt"], validate=True)
            self.cost, self.r, self.p = int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
            self.file_salt = base64.b64decode(fields["file_salt"], validate=True)
            self.check = base64.b64decode(fields["check"], validate=True)
            self.chunk = int(fields["chunk"])
            known = kdf["name"] == "scrypt"
        except (KeyError, TypeError, ValueError):
            raise BadArchive("its header is damaged") from None
        # Whoever sends an archive must not choose how much memory opening it costs.
        modest = (
            16 <= self.cost <= _LARGEST_COST
            and self.cost & (self.cost - 1) == 0
            and (self.r, self.p) == (8, 1)
            and 1 <= self.chunk <= _LARGEST_CHUNK
        )
        if not known or not modest or len(self.salt) < 16 or len(self.file_salt) < 16:
            raise BadArchive("its header is damaged")

    @property
    def size(self) -> int:
        """Where the first chunk begins."""
        return len(self.raw) + len(self.digest)

    def master(self, passphrase: str) -> bytes:
        """Return the key that a passphrase gives for this archive; WrongPassphrase if it is not."""
        master = master_key(passphrase, self.salt, cost=self.cost, r=self.r, p=self.p)
        self.prove(master)
        return master

    def prove(self, master: bytes) -> None:
        """Raise WrongPassphrase for a key that is not this archive's."""
        check = _derive(master, self.file_salt, b"simtree archive check", 16)
        if not hmac.compare_digest(check, self.check):
            raise WrongPassphrase("the passphrase is wrong")

    def cipher(self, master: bytes) -> AESGCM:
        """Return what opens the chunks."""
        return AESGCM(_derive(master, self.file_salt, b"simtree archive chunks", 32))


def read_header(stream: BinaryIO) -> Header:
    """Read an archive's header from its beginning; BadArchive for anything else."""
    magic = stream.read(len(MAGIC))
    if magic != MAGIC:
        raise BadArchive("it is no Simtree archive")
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise BadArchive("it is cut off in its header")
    version, length = _PREFIX.unpack(prefix)
    if version != VERSION:
        raise BadArchive(f"its form {version} is not known here")
    if length > _LONGEST_HEADER:
        raise BadArchive("its header is damaged")
    body = stream.read(length)
    digest = stream.read(32)
    if len(body) < length or len(digest) < 32:
        raise BadArchive("it is cut off in its header")
    raw = magic + prefix + body
    if hashlib.sha256(raw).digest() != digest:
        raise BadArchive("its header is damaged")
    try:
        fields = json.loads(body)
    except ValueError:
        raise BadArchive("its header is damaged") from None
    return Header(raw, digest, fields)


class Writer(io.RawIOBase):
    """Encrypts what is written to it into a stream; `close` writes the last chunk."""

    def __init__(
        self, stream: BinaryIO, master: bytes, *, salt: bytes, cost: int = COST, chunk: int = CHUNK
    ) -> None:
        super().__init__()
        # A salt of its own for each file: the same key and nonces must never meet other bytes.
        file_salt = os.urandom(32)
        fields = {
            "kdf": {"name": "scrypt", "salt": _text(salt), "n": cost, "r": 8, "p": 1},
            "file_salt": _text(file_salt),
            "chunk": chunk,
            "check": _text(_derive(master, file_salt, b"simtree archive check", 16)),
        }
        body = json.dumps(fields).encode()
        raw = MAGIC + _PREFIX.pack(VERSION, len(body)) + body
        self._digest = hashlib.sha256(raw).digest()
        self._cipher = AESGCM(_derive(master, file_salt, b"simtree archive chunks", 32))
        self._stream = stream
        self._chunk = chunk
        self._waiting = bytearray()
        self._number = 0
        stream.write(raw + self._digest)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._waiting += taken
        # One byte more than a chunk must be there: the last chunk is marked, and known at the end.
        while len(self._waiting) > self._chunk:
            self._seal(bytes(self._waiting[: self._chunk]), is_last=False)
            del self._waiting[: self._chunk]
        return len(taken)

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._stream.write(self._cipher.encrypt(nonce, plain, self._digest))
        self._number += 1

    def finish(self) -> None:
        """Write the last chunk; an archive without it counts as cut off."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Reader(io.RawIOBase):
    """The plain text of an archive as a file that can be read at any place."""

    def __init__(self, stream: BinaryIO, master: bytes) -> None:
        super().__init__()
        stream.seek(0)
        self.header = read_header(stream)
        self.header.prove(master)
        self._cipher = self.header.cipher(master)
        self._stream = stream
        whole = stream.seek(0, io.SEEK_END) - self.header.size
        sealed = self.header.chunk + _TAG
        self._count = -(-whole // sealed)
        self._length = whole - self._count * _TAG
        if whole < _TAG or self._length <= (self._count - 1) * self.header.chunk - 1:
            raise BadArchive("it is cut off")
        self._at = 0
        self._open: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        number, within = divmod(self._at, self.header.chunk)
        if self._at >= self._length:
            return 0
        piece = self._chunk(number)[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if self._open[0] == number:
            return self._open[1]
        sealed = self.header.chunk + _TAG
        self._stream.seek(self.header.size + number * sealed)
        is_last = number == self._count - 1
        nonce = _nonce(number, is_last=is_last)
        try:
            plain = self._cipher.decrypt(nonce, self._stream.read(sealed), self.header.digest)
        except InvalidTag:
            what = "cut off or altered" if is_last else "altered"
            raise BadArchive(f"it is {what} in chunk {number + 1} of {self._count}") from None
        self._open = (number, plain)
        return plain

    def check(self) -> None:
        """Open every chunk; BadArchive names the first that is not as it was made."""
        for number in range(self._count):
            self._chunk(number)


def decrypt(source: BinaryIO, target: BinaryIO, passphrase: str) -> None:
    """Write the ZIP file inside an archive to a stream, all chunks proven."""
    master = read_header(source).master(passphrase)
    reader = Reader(source, master)
    while piece := reader.read(CHUNK):
        target.write(piece)


def main(arguments: list[str]) -> int:
    """Decrypt the archive named first into the ZIP file named second; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: container.py ARCHIVE.simtree TARGET.zip\n")
        return 2
    source, target = (Path(name) for name in arguments)
    partial = target.with_name(f"{target.name}.part")
    try:
        with source.open("rb") as archive, partial.open("wb") as plain:
            decrypt(archive, plain, getpass.getpass("Passphrase: "))
        partial.replace(target)
    except BadArchive as error:
        partial.unlink(missing_ok=True)
        sys.stderr.write(f"The archive was not opened: {error}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
