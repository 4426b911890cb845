"""What is made to go wrong: calls of the API and deliveries of webhooks, for each account."""

import socket
from dataclasses import asdict, dataclass, field, fields
from threading import Lock
from typing import Any, NoReturn

from flask import request

from infra.stripe_server.faults import Body, refuse

KINDS = ("down", "slow", "429", "500", "500_after", "500_kept", "cut", "busy")


class HungUp(Exception):
    """The connection was cut on purpose: there is nobody to answer."""


@dataclass
class Fault:
    """What happens to the next calls that fit.

    down: cut before anything is done; slow: answered after `seconds`; 429 and 500: refused;
    500_after: done, but a gateway answers 500, and the key gets the true answer afterwards;
    500_kept: done, and the key gets 500 for ever; cut: done, and the answer is lost;
    busy: under way for `seconds`, so that a second call with its key meets it.
    """

    kind: str
    times: int = 1
    method: str = ""
    path: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no kind of fault."""
        if self.kind not in KINDS:
            raise refuse(f"There is no fault called {self.kind}: {', '.join(KINDS)}", param="kind")

    def fits(self, method: str, path: str) -> bool:
        """Say whether this call is one of them."""
        return self.times > 0 and method.startswith(self.method) and path.startswith(self.path)

    def hang_up(self) -> NoReturn:
        """Cut the caller's connection without an answer."""
        line = request.environ.get("werkzeug.socket")
        if isinstance(line, socket.socket):
            line.shutdown(socket.SHUT_RDWR)
        raise HungUp


@dataclass
class Deliveries:
    """How webhooks travel.

    `duplicate`: sent so many times more; `delay`: after so many seconds; `reorder`: held until so
    many wait, then sent backwards; `drop`: the next so many never leave, but count as sent and
    failed; `fail_first`: the first answer to each counts as a 500, so it is sent again; `hang`: the
    body stops in the middle for so many seconds; `paused`: nothing leaves.
    """

    duplicate: int = 0
    delay: float = 0.0
    reorder: int = 0
    drop: int = 0
    fail_first: bool = False
    hang: float = 0.0
    paused: bool = False
    retries: list[float] = field(default_factory=lambda: [1.0, 5.0, 30.0, 300.0])
    timeout: float = 20.0


class Knobs:
    """The faults and the manners of delivery of each account."""

    def __init__(self) -> None:
        """Promise that nothing goes wrong."""
        self._lock = Lock()
        self._faults: dict[str, list[Fault]] = {}
        self._deliveries: dict[str, Deliveries] = {}

    def fault(self, account: str, method: str, path: str) -> Fault | None:
        """Return what goes wrong with a call, and count it."""
        with self._lock:
            for each in self._faults.get(account, []):
                if each.fits(method, path):
                    each.times -= 1
                    return each
        return None

    def add_fault(self, account: str, fault: Fault) -> None:
        """Have the next calls that fit go wrong."""
        with self._lock:
            self._faults.setdefault(account, []).append(fault)

    def faults(self, account: str) -> list[Body]:
        """Return the faults that are still to come."""
        return [asdict(each) for each in self._faults.get(account, []) if each.times > 0]

    def deliveries(self, account: str) -> Deliveries:
        """Return how an account's webhooks travel."""
        return self._deliveries.setdefault(account, Deliveries())

    def set_deliveries(self, account: str, changes: dict[str, Any]) -> Body:
        """Change how an account's webhooks travel, and return all of it."""
        known = {each.name for each in fields(Deliveries)}
        if unknown := sorted(changes.keys() - known):
            raise refuse(f"There is no knob called {unknown[0]}", param=unknown[0])
        now = self.deliveries(account)
        for name, value in changes.items():
            setattr(now, name, value)
        return asdict(now)

    def reset(self, account: str) -> None:
        """Let everything go well again."""
        with self._lock:
            self._faults.pop(account, None)
            self._deliveries.pop(account, None)
