"""A breaker for each engine: a host that is down costs one wait, not one for each look-up.

After a connection could not be made, every further attempt fails at once, and a thread of its own
tries in the background. The first attempt after it got through is made as ever.
"""

import threading
from time import monotonic
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

_log = structlog.get_logger("kit.db")
PROBE_EVERY = 1.0


class Breaker:
    """Knows whether a server took connections when it was last asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_open = False
        self._lock = threading.Lock()
        self._probed_at = 0.0
        self._probe: threading.Thread | None = None

    def connect(self, *arguments: Any, **options: Any) -> psycopg.Connection[Any]:
        """Return a new connection; psycopg.OperationalError at once while the server is down."""
        if self.is_open:
            self._ask(arguments, options)
            raise psycopg.OperationalError(f"{self.name} does not take connections")
        try:
            return psycopg.connect(*arguments, **options)
        except psycopg.OperationalError as error:
            # A server that refuses in words is not down, and refuses without delay.
            if "FATAL:" not in str(error):
                self._open()
            raise

    def _open(self) -> None:
        with self._lock:
            if not self.is_open:
                _log.warning("breaker.open", engine=self.name)
            self.is_open = True
            self._probed_at = monotonic()

    def _ask(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        with self._lock:
            # A process that was forked has no thread of its parent's: it is not alive there.
            if self._probe is not None and self._probe.is_alive():
                return
            if monotonic() - self._probed_at < PROBE_EVERY:
                return
            self._probe = threading.Thread(
                target=self._try, args=(arguments, options), name="breaker", daemon=True
            )
            self._probe.start()

    def _try(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        try:
            psycopg.connect(*arguments, **options).close()
        except psycopg.OperationalError as error:
            self._probed_at = monotonic()
            if "FATAL:" not in str(error):
                return
        _log.warning("breaker.closed", engine=self.name)
        self.is_open = False


def put_breaker(engine: Engine, name: str) -> Breaker:
    """Have an engine's connections made through a breaker; return it."""
    breaker = Breaker(name)

    @event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: Dialect,
        _entry: ConnectionPoolEntry,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> psycopg.Connection[Any]:
        return breaker.connect(*arguments, **options)

    del _connect
    return breaker
