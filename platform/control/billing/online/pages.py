"""Checkout pages that stand open: at most one for an account, and none beside a plan or an order.

Each sells a plan of its own, for a day, to whoever has the tab open.
"""

from sqlalchemy import select

from control.billing.models import BillingAccount, Subscription
from control.billing.online import mirror
from control.billing.online.calls import Unknown, found_at, id_of
from control.billing.online.fetching import fetch_subscription
from control.billing.standing import LIVE
from kit.db import control_session, control_transaction, lock_row
from kit.payments import Declined, calling_stripe, stripe_client


def note_page(account: BillingAccount, stripe_id: str) -> list[str]:
    """Remember a page that has been opened; return the others that were open before it.

    Of two who open one at the same time the later sees the earlier, never each the other.
    """
    with control_transaction():
        account = lock_row(account)
        others = [one for one in account.checkouts if one != stripe_id]
        account.checkouts = [*others, stripe_id]
        return others


def close_page(account: BillingAccount, stripe_id: str) -> bool:
    """Have nothing be bought on a page any more; False when a plan has been bought on it.

    What was bought is shown in the mirror, if that does not know of it yet. No transaction may be
    open.
    """
    control_session().rollback()
    bought = _expire(stripe_id)
    is_had = bought is not None and _is_had(bought)
    with control_transaction():
        account = lock_row(account)
        account.checkouts = [one for one in account.checkouts if one != stripe_id]
    return not is_had


def _is_had(subscription: str) -> bool:
    """Tell whether what was bought is still there; the mirror need not have heard of it."""
    state = control_session().scalar(
        select(Subscription.state).where(Subscription.stripe_id == subscription)
    )
    control_session().rollback()
    if state is None:
        ticket = mirror.take_ticket()
        found = fetch_subscription(subscription)
        mirror.show_subscription(found, ticket=ticket)
        state = found.state
    return state in LIVE


def _expire(stripe_id: str) -> str | None:
    """End a page; return the subscription that was bought on it before, or None."""
    client = stripe_client().v1.checkout.sessions
    try:
        found = found_at(lambda: client.retrieve(stripe_id))
        if found.status == "open":
            try:
                with calling_stripe():
                    found = client.expire(stripe_id)
            except Declined:
                # Somebody pressed the button a moment ago.
                found = found_at(lambda: client.retrieve(stripe_id))
                if found.status == "open":
                    raise
    except Unknown:
        return None
    return id_of(found.subscription)
