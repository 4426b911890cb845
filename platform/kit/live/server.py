"""The process that holds the streams: a WSGI application of three addresses and nothing else.

It leans on the whole application for two questions only, which workspace is at a host and whether
a log-in stands, and gives the connection back before the first byte is streamed.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import redis
import structlog
from flask import Flask

from kit.live.hub import Hub, Standing, Stream
from kit.live.tickets import GOOD_FOR, Barred, Reason, Ticket, read_ticket
from kit.redis_client import connection
from kit.security.gate import host_label
from kit.security.realms import HostKind
from kit.settings import get_settings
from kit.tenancy import Access, Condition, Workspace

_log = structlog.get_logger("kit.live")
PATH = "/live"
HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is there, and notices that its reader is not."""
_LONGEST = 2_000

_STATUS = {
    Reason.NO_WORKSPACE: HTTPStatus.NOT_FOUND,
    Reason.CLOSED: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.FULL: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.SILENT: HTTPStatus.SERVICE_UNAVAILABLE,
}
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_SHUT = frozenset({Access.SUSPENDED, Access.UNPAID, Access.NONE})


class Directory(Protocol):
    """Finds the workspace behind a host; the control plane supplies it."""

    def by_address(self, address: str) -> Workspace | None:
        """Return the workspace at the first label of a host, or None."""


class LiveServer:
    """Lets browsers in by ticket and streams to them what changed."""

    def __init__(self, app: Flask, directory: Directory, standing: Standing) -> None:
        settings = get_settings()
        self._app = app
        self._directory = directory
        self._standing = standing
        self.hub = Hub(
            self._still_standing,
            most=settings.live_streams,
            per_workspace=settings.live_streams_workspace,
            per_person=settings.live_streams_person,
        )

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer as WSGI wants it."""
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") != "GET":
            return _say(start_response, HTTPStatus.METHOD_NOT_ALLOWED)
        match path:
            case "/healthz":
                return _say(start_response, HTTPStatus.OK, status="alive", streams=len(self.hub))
            case "/readyz":
                return self._readyz(start_response)
            case path if path == PATH:
                return self._live(environ, start_response)
        return _say(start_response, HTTPStatus.NOT_FOUND)

    @staticmethod
    def _readyz(start_response: StartResponse) -> Iterable[bytes]:
        try:
            connection().ping()
        except redis.RedisError:
            return _say(start_response, HTTPStatus.SERVICE_UNAVAILABLE, status="unavailable")
        return _say(start_response, HTTPStatus.OK, status="ready")

    def _live(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            stream = self.admit(environ)
        except Barred as barred:
            _log.info("live.barred", reason=barred.reason.value)
            return _say(start_response, _STATUS.get(barred.reason, HTTPStatus.FORBIDDEN))
        headers = [
            ("Content-Type", "text/event-stream; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Accel-Buffering", "no"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if origin := environ.get("HTTP_ORIGIN"):
            headers += [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        start_response("200 OK", headers)
        return _Told(self.hub, stream)

    def admit(self, environ: dict[str, Any]) -> Stream:
        """Return the stream of who asks; Barred for whoever is not let in.

        The workspace is the host's, the person the ticket's: nothing else in the request counts.
        """
        workspace = self._workspace(environ.get("HTTP_HOST", ""))
        origin = environ.get("HTTP_ORIGIN", "")
        if origin and urlsplit(origin).hostname != workspace.host.partition(":")[0]:
            raise Barred(Reason.FOREIGN_PAGE)
        shown = parse_qs(environ.get("QUERY_STRING", "")[:_LONGEST]).get("ticket", [""])
        if len(shown) != 1:
            raise Barred(Reason.FORGED)
        ticket = read_ticket(shown[0], workspace)
        _use_up(workspace, ticket)
        standing = self._ask(workspace, {ticket.login})
        if standing.get(ticket.login) != ticket.person:
            raise Barred(Reason.SIGNED_OUT)
        return self.hub.join(workspace, ticket)

    def _workspace(self, host: str) -> Workspace:
        kind, label = host_label(_as_served(host))
        if kind != HostKind.WORKSPACE:
            raise Barred(Reason.NO_WORKSPACE)
        with self._app.app_context():
            found = self._directory.by_address(label)
        if found is None:
            raise Barred(Reason.NO_WORKSPACE)
        if found.access in _SHUT or found.condition != Condition.READY:
            raise Barred(Reason.CLOSED)
        return found

    def _still_standing(self, workspace: Workspace, logins: Iterable[str]) -> dict[str, str]:
        try:
            now = self._workspace(workspace.host)
        except Barred:
            return {}
        return self._ask(now, logins) if now.schema == workspace.schema else {}

    def _ask(self, workspace: Workspace, logins: Iterable[str]) -> dict[str, str]:
        with self._app.app_context():
            return dict(self._standing(workspace, set(logins)))


class _Told:
    """The body of a stream; its place is given back however it ends."""

    def __init__(self, hub: Hub, stream: Stream) -> None:
        self._hub, self._stream = hub, stream

    def __iter__(self) -> Iterator[bytes]:
        stream = self._stream
        try:
            yield b"event: ready\ndata:\n\n"
            while not stream.is_over:
                if not stream.woken.wait(HEARTBEAT):
                    yield b":\n\n"
                    continue
                for kind in self._hub.take(stream):
                    yield f"event: changed\ndata: {kind}\n\n".encode()
            yield b"event: over\ndata:\n\n"
        finally:
            self.close()

    def close(self) -> None:
        """Give the place back."""
        self._hub.leave(self._stream)


def _use_up(workspace: Workspace, ticket: Ticket) -> None:
    key = workspace.key("live", "ticket", ticket.nonce)
    try:
        is_first = connection().set(key, 1, nx=True, ex=int(GOOD_FOR.total_seconds()) * 2)
    except redis.RedisError:
        raise Barred(Reason.SILENT) from None
    if not is_first:
        raise Barred(Reason.USED)


def _as_served(host: str) -> str:
    """Return the host as the application knows it where streams have a port of their own."""
    port = get_settings().live_port
    if port is not None and host.endswith(f":{port}"):
        _base, colon, own = get_settings().base_domain.partition(":")
        return host.removesuffix(f":{port}") + colon + own
    return host


def _say(start_response: StartResponse, code: HTTPStatus, /, **body: object) -> list[bytes]:
    text = json.dumps(body or {"status": code.phrase}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(text))),
        ("Cache-Control", "no-store"),
    ]
    if code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "30"))
    start_response(f"{code.value} {code.phrase}", headers)
    return [text]
