"""Tickets: what a browser shows to the stream's process instead of its cookie.

Signed by us, good for half a minute, once, at one host. It stands in an address, where logs may
keep it, which is why it is worth nothing afterwards.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from kit import clock, ids, tenancy
from kit.settings import get_settings

GOOD_FOR = timedelta(seconds=30)
_PURPOSE = "simtree:live:1"


class Reason(StrEnum):
    """Why somebody is not let in."""

    NO_WORKSPACE = "no workspace at this host"
    CLOSED = "the workspace is not served"
    FOREIGN_PAGE = "the page belongs to another host"
    FORGED = "not a ticket of ours"
    EXPIRED = "the ticket has expired"
    ELSEWHERE = "the ticket is for another workspace"
    USED = "the ticket was used already"
    SIGNED_OUT = "the log-in has ended"
    FULL = "too many streams"
    SILENT = "the channel does not answer"


class Barred(Exception):
    """Somebody is not let in."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose stream it opens: `login` is the public id of the log-in that it ends with."""

    workspace: str
    host: str
    realm: str
    person: str
    login: str
    expires: int
    nonce: str


def make_ticket(*, realm: str, person: str, login: str) -> str:
    """Return a ticket of the open workspace for a person who is logged in."""
    workspace = tenancy.current()
    return _signer().dumps(
        asdict(
            Ticket(
                workspace=workspace.schema,
                host=workspace.host,
                realm=realm,
                person=person,
                login=login,
                expires=int((clock.now() + GOOD_FOR).timestamp()),
                nonce=ids.secret(12),
            )
        )
    )


def read_ticket(text: str, workspace: tenancy.Workspace) -> Ticket:
    """Return a ticket that was shown at a workspace's host; Barred says what is wrong with it."""
    try:
        found: dict[str, Any] = _signer().loads(text)
        ticket = Ticket(**found)
    except (BadSignature, TypeError, ValueError):
        raise Barred(Reason.FORGED) from None
    if (ticket.workspace, ticket.host) != (workspace.schema, workspace.host):
        raise Barred(Reason.ELSEWHERE)
    if ticket.expires < clock.now().timestamp():
        raise Barred(Reason.EXPIRED)
    return ticket


def _signer() -> URLSafeSerializer:
    # The salt is the audience: nothing else that we sign is a ticket, and a ticket nothing else.
    return URLSafeSerializer(get_settings().secret_key.get_secret_value(), salt=_PURPOSE)
