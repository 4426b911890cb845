"""Sessions on the server's side: a row for each log-in, revocable, the token kept as a digest."""

from datetime import datetime
from typing import ClassVar

from flask import has_request_context, request
from sqlalchemy.orm import Mapped, mapped_column

LONGEST_DEVICE = 300


class SessionColumns:
    """The columns of a realm's session table; `is_remembered` sessions outlive the browser."""

    transient: ClassVar[bool] = True

    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_remembered: Mapped[bool]
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]


def client_address() -> str | None:
    """Return the address the request came from, None outside a request."""
    return request.remote_addr if has_request_context() else None


def client_device() -> str | None:
    """Return what the request's browser calls itself, None outside a request."""
    named = request.user_agent.string if has_request_context() else ""
    return named[:LONGEST_DEVICE] or None
