"""Clear away what Stripe told long ago: events that are over, and differences that were mended."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from control.billing.models import Drift, EventState, StripeEvent
from kit import clock
from kit.db import affected, control_transaction
from kit.settings import get_settings

AT_ONCE = 1_000


def clear_away() -> int:
    """Delete what is older than it is kept, in portions; return how many rows.

    What waits or has failed stays, however old: somebody has to look at it. An event is kept for
    longer than Stripe lists it, or the next comparison would find it missing.
    """
    before = clock.now() - timedelta(days=get_settings().events_keep_days)
    over = StripeEvent.state.in_([EventState.DONE, EventState.IGNORED])
    return _delete(StripeEvent, over, StripeEvent.created_at < before) + _delete(
        Drift, Drift.created_at < before
    )


def _delete(model: Any, *which: ColumnElement[bool]) -> int:
    gone = 0
    while True:
        oldest = select(model.id).where(*which).order_by(model.id).limit(AT_ONCE)
        with control_transaction() as control:
            count = affected(control.execute(delete(model).where(model.id.in_(oldest))))
        gone += count
        if count < AT_ONCE:
            return gone
