"""A workspace's share of a web process: so many requests at once, and a short line for more.

A slow report keeps a thread and a database connection for as long as it runs. Here each workspace
has at most its share of both, so that one that asks for eight slow reports at once still leaves
threads to the others. What goes beyond waits a moment, since a page fetches its pieces together,
and is told to come back (429) when that did not help. Counted around the whole application, where
an answer that is still being sent, an error and a browser that went away all end the same way.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask

from kit.settings import Settings

_log = structlog.get_logger("kit.security")
CROWDED = "simtree.crowded"
RETRY_AFTER = 2
PATIENCE = 1.0
# Files are sent in no time, and whoever watches over the process must always get an answer.
EXEMPT = ("/static/", "/assets/", "/healthz", "/readyz")


@dataclass(slots=True)
class _Share:
    inside: int = 0
    waiting: int = 0
    told: bool = False


class Turnstile:
    """Lets so many in at once for each key, and as many as half of that wait."""

    def __init__(self, at_once: int, *, patience: float = PATIENCE) -> None:
        self.at_once = at_once
        self.may_wait = at_once // 2
        self.patience = patience
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def enter(self, key: str) -> bool:
        """Take a place, waiting a moment for one if need be; return whether there was one."""
        with self._lock:
            share = self._shares.get(key)
            if share is None:
                share = self._shares[key] = _Share()
            if share.inside >= self.at_once and not self._wait(key, share):
                return False
            share.inside += 1
            return True

    def _wait(self, key: str, share: _Share) -> bool:
        if share.waiting < self.may_wait:
            share.waiting += 1
            try:
                if self._changed.wait_for(lambda: share.inside < self.at_once, self.patience):
                    return True
            finally:
                share.waiting -= 1
        if not share.told:
            # Once for each time it gets full, however many are turned away.
            share.told = True
            _log.warning("workspace.crowded", host=key, at_once=self.at_once)
        return False

    def leave(self, key: str) -> None:
        """Give a place back."""
        with self._lock:
            share = self._shares[key]
            share.inside -= 1
            if share.waiting:
                self._changed.notify_all()
            elif not share.inside:
                # Nobody is here: an unknown host leaves nothing behind, either.
                del self._shares[key]

    def inside(self, key: str) -> int:
        """Return how many of a key are inside now."""
        with self._lock:
            share = self._shares.get(key)
            return share.inside if share else 0


class _Sent:
    """An answer whose place is given back once it is sent, or its reader is gone."""

    __slots__ = ("_answer", "_has_left", "_host", "_turnstile")

    def __init__(self, answer: Iterable[bytes], turnstile: Turnstile, host: str) -> None:
        self._answer = answer
        self._turnstile = turnstile
        self._host = host
        self._has_left = False

    def __iter__(self) -> Iterator[bytes]:
        # Whoever drops it half-read without a word has left, too.
        try:
            yield from self._answer
        finally:
            self._leave_once()

    def close(self) -> None:
        """Close what is inside, and leave, whatever happens."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._leave_once()

    def _leave_once(self) -> None:
        if not self._has_left:
            self._has_left = True
            self._turnstile.leave(self._host)


class FairShare:
    """WSGI middleware: a request beyond its host's share is marked, for the gate to refuse."""

    def __init__(self, application: Callable[..., Iterable[bytes]], turnstile: Turnstile) -> None:
        self.application = application
        self.turnstile = turnstile

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(EXEMPT):
            return self.application(environ, start_response)
        host = environ.get("HTTP_HOST", "").casefold()
        if not self.turnstile.enter(host):
            environ[CROWDED] = True
            return self.application(environ, start_response)
        try:
            answer = self.application(environ, start_response)
        except BaseException:
            self.turnstile.leave(host)
            raise
        return _Sent(answer, self.turnstile, host)


def init_fairness(app: Flask, settings: Settings) -> None:
    """Give every workspace its share of this process."""
    turnstile = Turnstile(settings.workspace_requests)
    app.wsgi_app = FairShare(app.wsgi_app, turnstile)  # type: ignore[method-assign]
