"""The catalogue of attempts: statements here, the others where they are tried, by `attempt`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

DENIED = "42501"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing tried, and what stops it."""

    id: str
    group: str
    what: str
    stopped_by: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement sent by acme's role: {rival} and {acme} are opaque ids.

    `says` is what the server answers, with `state`; empty where the server lets it pass, which
    `limit` explains. `driver` is the word at which the application's cursor refuses it before the
    server hears of it; empty where the statement is of a kind that the application sends.
    """

    id: str
    group: str
    sql: str
    says: str = ""
    state: str = DENIED
    driver: str = ""
    limit: str = ""

    def __post_init__(self) -> None:
        assert self.says or self.limit, f"{self.id}: stopped by nothing, limited by nothing"

    @property
    def stopped_by(self) -> str:
        """What stops it, for the printed catalogue."""
        server = f"server: {self.says}" if self.says else ""
        driver = "our cursor" if self.driver else ""
        return "; ".join(filter(None, [driver, server, self.limit]))


ATTEMPTS: dict[str, Attempt] = {}


def attempt(id_: str, group: str, what: str, *, stopped_by: str) -> Callable[[Test], Test]:
    """Enter a test into the catalogue."""

    def enter(test: Test) -> Test:
        assert id_ not in ATTEMPTS, f"{id_} is in the catalogue twice"
        ATTEMPTS[id_] = Attempt(id_, group, what, stopped_by)
        return test

    return enter
