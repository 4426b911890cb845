"""Events of workspaces' own accounts at Stripe: kept until somebody reads them, then passed on."""

from dataclasses import replace

from control.billing.models import EventState
from kit.payments import provider_of, reader_now

OBJECTS = frozenset({"checkout.session", "payment_intent", "charge", "refund", "dispute"})
EVENTS_WANTED = ("checkout.session.*", "payment_intent.*", "charge.*", "refund.*")
"""What an operator has Stripe send here of connected accounts; `charge.*` has the disputes."""


def is_read() -> bool:
    """Tell whether anybody takes up what happens to workspaces' own payments."""
    return reader_now() is not None


def pass_on(
    account: str, object_kind: str, object_id: str, *, event: str
) -> tuple[EventState, str | None]:
    """Tell the reader of a payment that an event is about; return what became of the event.

    No transaction may be open: Stripe is asked which payment it is.
    """
    reader = reader_now()
    if reader is None:
        return EventState.WAITING, None
    news = provider_of("stripe", account=account).news_of(object_kind, object_id)
    if news is None:
        # What somebody charges in his own account, past us.
        return EventState.IGNORED, None
    if not reader(replace(news, event=event)):
        return EventState.IGNORED, "unknown payment"
    return EventState.DONE, None
