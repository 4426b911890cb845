"""Looking for viruses in files: by a scanner that speaks clamd's protocol, or by nobody.

`SCANNER_URL` says which; what a scanner has not looked at yet, nobody may read.
"""

import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from kit.errors import Misconfigured
from kit.settings import get_settings

_CHUNK = 1 << 16
_PATIENCE = 120.0


class ScannerAway(Exception):
    """The scanner cannot be reached or said nothing that we understand; try again later."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of a file: clean, or what it found."""

    is_clean: bool
    found: str = ""


class Scanner(Protocol):
    """Something that looks into files."""

    def scan(self, stream: BinaryIO) -> Verdict:
        """Return what is in a file; ScannerAway when that cannot be told now."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A scanner that speaks clamd's protocol over TCP."""

    host: str
    port: int

    def scan(self, stream: BinaryIO) -> Verdict:
        """Return what the scanner says of a stream that is sent to it in pieces."""
        try:
            with socket.create_connection((self.host, self.port), timeout=_PATIENCE) as line:
                line.sendall(b"zINSTREAM\0")
                while chunk := stream.read(_CHUNK):
                    line.sendall(struct.pack(">L", len(chunk)) + chunk)
                line.sendall(struct.pack(">L", 0))
                answer = _read(line)
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error
        if answer.endswith("OK"):
            return Verdict(is_clean=True)
        if answer.endswith("FOUND"):
            return Verdict(
                is_clean=False, found=answer.split(":", 1)[-1].removesuffix("FOUND").strip()
            )
        raise ScannerAway(answer[:100])


def _read(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and (piece := line.recv(4_096)):
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def scanner() -> Scanner | None:
    """Return the scanner that the settings name; None when nobody looks."""
    url = urlsplit(get_settings().scanner_url)
    if url.scheme == "none":
        return None
    if url.scheme == "clamd" and url.hostname:
        return Clamd(url.hostname, url.port or 3310)
    raise Misconfigured("SCANNER_URL is none: or clamd://host:port.")
