"""What the provider of payments told us, and where our mirror had drifted from it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel, states


class EventState(StrEnum):
    """Where an event stands: arrived, applied, of no interest here, or failed on its last try."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class StripeEvent(ControlModel):
    """One event of Stripe's, entered once however often it is delivered.

    Only what it is about is kept, not its content: the object is always fetched fresh.
    """

    __tablename__ = "stripe_events"
    __table_args__ = (
        states(EventState, "state"),
        Index(None, "state", "id"),
        Index(None, "state", "tried_at"),
        Index(None, "object_id"),
        Index(None, "customer_id"),
    )

    stripe_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    customer_id: Mapped[str | None]
    happened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=EventState.WAITING)
    deliveries: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    way: Mapped[str]
    """How it came: webhook, or fetched by the reconcile."""
    account: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The connected account that it happened in; empty for the platform's own."""
    error: Mapped[str | None]
    tried_at: Mapped[datetime | None]
    """When it was begun to be applied last."""
    done_at: Mapped[datetime | None]


class Drift(ControlModel):
    """A difference that the reconcile found between the mirror and Stripe, and mended."""

    __tablename__ = "billing_drifts"
    __table_args__ = (Index(None, "object_id"),)

    object_kind: Mapped[str]
    object_id: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(index=True)
    differences: Mapped[dict[str, Any]]
