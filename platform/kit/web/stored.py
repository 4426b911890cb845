"""Stored files in answers: streamed from wherever they lie, never whole in memory."""

import io
from typing import BinaryIO

from flask import Response, send_file

from kit import files


def send_stored(
    key: str,
    *,
    mimetype: str,
    download_name: str | None = None,
    as_attachment: bool = False,
    max_age: int = 0,
) -> Response:
    """Send a stored file of the open workspace; Missing when it is not there."""
    return send_stream(
        files.open_file(key),
        etag=key,
        mimetype=mimetype,
        download_name=download_name,
        as_attachment=as_attachment,
        max_age=max_age,
    )


_SHUT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def send_shut(key: str, *, mimetype: str, download_name: str) -> Response:
    """Show a stored picture or PDF in the browser, so that nothing in it runs on our address."""
    response = send_stored(key, mimetype=mimetype, download_name=download_name)
    response.headers["Cache-Control"] = "private, no-store"
    # The browser's own reader of PDF files does not start in a sandbox; it runs no page of ours.
    response.headers["Content-Security-Policy"] = (
        f"{_SHUT}; style-src 'unsafe-inline'; object-src 'self'"
        if mimetype == "application/pdf"
        else f"{_SHUT}; sandbox"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def send_stream(
    stream: BinaryIO,
    *,
    etag: str,
    mimetype: str,
    download_name: str | None = None,
    as_attachment: bool = False,
    max_age: int = 0,
) -> Response:
    """Send an opened file; what lies under a key never changes, so the key is its tag."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    response = send_file(
        stream,
        mimetype=mimetype,
        as_attachment=as_attachment,
        download_name=download_name,
        max_age=max_age,
        etag=etag,
    )
    if response.status_code == 200:
        response.content_length = size
    return response


def head_of(key: str, size: int = 16) -> bytes:
    """Return the first bytes of a stored file, by which its kind is told."""
    with files.open_file(key) as stream:
        return stream.read(size)
