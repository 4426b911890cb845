"""Calling a platform: its host and no other, no redirect, a short answer, within seconds."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from kit.settings import get_settings

TIMEOUT = 5.0
"""Seconds that a platform may take for its whole answer."""
_LONGEST = 64 * 1_024
_HERE = frozenset({"127.0.0.1", "localhost"})


class Rejected(Exception):
    """The platform does not take the message, and will not the next time: its own code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unanswered(Exception):
    """The platform did not answer, not in time, not as agreed, or asks to wait: try again."""


def base_of(url: str, host: str) -> SplitResult | None:
    """Return a platform's address where it may be called, else None.

    The platform's own host over TLS; outside production also a server on this machine.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        return None
    if parts.scheme == "https" and parts.hostname == host and parts.port in {None, 443}:
        return parts
    is_ours = parts.scheme == "http" and parts.hostname in _HERE
    return parts if is_ours and get_settings().is_development else None


def call(
    base: SplitResult,
    path: str,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the JSON object that a platform answers; Unanswered for anything else."""
    until = monotonic() + TIMEOUT
    line = _open(base)
    target = base.path.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
    try:
        if body is None:
            line.request("GET", target)
        else:
            sent = json.dumps(body, ensure_ascii=False).encode()
            line.request("POST", target, sent, {"Content-Type": "application/json; charset=utf-8"})
        with line.getresponse() as answer:
            # A redirect would lead to a host that nobody has chosen.
            if answer.status != http.client.OK:
                raise Unanswered(f"HTTP {answer.status}")
            found = json.loads(_read(line, answer, until))
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Nothing of the address goes on: keys and tokens stand in it.
        raise Unanswered(type(error).__name__) from None
    finally:
        line.close()
    if not isinstance(found, dict):
        raise Unanswered("no object")
    return found


def _open(base: SplitResult) -> http.client.HTTPConnection:
    host = base.hostname or ""
    if base.scheme == "https":
        trusted = ssl.create_default_context()
        return http.client.HTTPSConnection(host, base.port, timeout=TIMEOUT, context=trusted)
    return http.client.HTTPConnection(host, base.port, timeout=TIMEOUT)


def _read(
    line: http.client.HTTPConnection, answer: http.client.HTTPResponse, until: float
) -> bytes:
    """Return the whole body; one that drips would else last for ever."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = until - monotonic()
        if left <= 0:
            raise TimeoutError
        if isinstance(line.sock, socket.socket):
            line.sock.settimeout(left)
        part = answer.read1(4_096)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > _LONGEST:
            raise ValueError("too long")
