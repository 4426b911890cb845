"""Begin charging again where Stripe had stopped: what was open is paid, its successor is a draft.

After the last try Stripe leaves a subscription `unpaid`: it goes on making invoices, but as drafts
that it never charges. Only when the newest one is paid does it become active again.
"""

from collections.abc import Iterable

import stripe
import structlog
from sqlalchemy import select

from control.billing.models import BillingAccount, Subscription, SubscriptionState
from control.billing.online import mirror
from control.billing.online.calls import found_at, id_of
from control.billing.online.fetching import FetchedInvoice, fetch_invoice, fetch_subscription
from control.billing.usage.sending import send_anew
from kit import audit, jobs
from kit.db import control_session, control_transaction
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.payments import Declined, calling_stripe, has_stripe, stripe_client

RESUMED = audit.Event.named("billing:charging_resumed", "stripe_id", "invoice", "void")
_log = structlog.get_logger("control.billing")
_MANY = 100
_OPEN = frozenset({"open", "uncollectible"})


def ask_resume(subscription: Subscription) -> None:
    """Have the period that runs charged, and with it the plan begun again; once at a time."""
    jobs.enqueue_control(
        resume_plan, unique_key=str(subscription.id), subscription_id=subscription.id
    )


def resume_halted() -> int:
    """Ask again where nothing is owed and Stripe still charges nothing; return how many."""
    from control.billing.accounts import owed_since

    with control_transaction() as control:
        halted = control.scalars(
            select(Subscription).where(
                Subscription.state == SubscriptionState.UNPAID,
                Subscription.stripe_id.is_not(None),
            )
        )
        asked = [one for one in halted if owed_since(one.account) is None]
        for one in asked:
            ask_resume(one)
        return len(asked)


@job("billing.resume_plan", title=_l("Charge a plan again"), stepped=True, tries=12)
def resume_plan(run: JobRun, *, subscription_id: int) -> None:
    """Charge the newest period of a plan that Stripe had given up; those before it become void.

    They are of a time in which the workspace was shut. What was used beyond the plan stays owed:
    it waits for the next invoice. Declined, the newest is open and goes down the usual stair.
    """
    if not has_stripe() or run.is_done("resumed"):
        return
    subscription = control_session().get_one(Subscription, subscription_id)
    account, stripe_id = subscription.account, subscription.stripe_id or ""
    control_session().rollback()
    client = stripe_client().v1
    found = found_at(lambda: client.subscriptions.retrieve(stripe_id))
    voided: list[str] = []
    newest = id_of(found.latest_invoice)
    if found.status == SubscriptionState.UNPAID and newest is not None:
        with calling_stripe():
            listed = client.invoices.list({"subscription": stripe_id, "limit": _MANY}).data
        if any(one.status in _OPEN and one.attempt_count for one in listed):
            # The mirror was ahead or behind: something is open that nobody has paid yet.
            return
        voided = _void_stale(account, [one for one in listed if one.id != newest])
        _collect(newest)
    ticket = mirror.take_ticket()
    shown = fetch_subscription(stripe_id)
    invoices: list[FetchedInvoice] = [fetch_invoice(one) for one in (*voided, newest) if one]

    def note() -> None:
        if invoices and found.status == SubscriptionState.UNPAID:
            audit.record_control(
                RESUMED,
                account,
                by=audit.SYSTEM,
                stripe_id=stripe_id,
                invoice=invoices[-1].values["number"] or newest,
                void=len(voided),
            )
        for one in invoices:
            mirror.show_invoice(one, ticket=ticket)
        mirror.show_subscription(shown, ticket=ticket)

    run.once("resumed", note)


def _void_stale(account: BillingAccount, older: Iterable[stripe.Invoice]) -> list[str]:
    """Make void what was drafted before the newest: Stripe deletes no draft of a subscription.

    One that is open and was never tried was opened here, and the answer got lost.
    """
    client = stripe_client().v1
    stale = [one for one in older if one.status in {"draft", "open"}]
    for one in stale:
        status = one.status
        if status == "draft":
            _take_items_out(one)
            with calling_stripe():
                status = client.invoices.finalize_invoice(one.id, {"auto_advance": False}).status
        if status == "open":
            with calling_stripe():
                client.invoices.void_invoice(one.id)
    send_anew(account)
    return [one.id for one in stale]


def _take_items_out(draft: stripe.Invoice) -> None:
    for line in draft.lines.data:
        parent = line.parent.invoice_item_details if line.parent else None
        if parent is not None:
            with calling_stripe():
                stripe_client().v1.invoice_items.delete(parent.invoice_item)


def _collect(stripe_id: str) -> None:
    """Open an invoice if it is a draft, and charge it if nobody tried yet."""
    client = stripe_client().v1
    with calling_stripe():
        invoice = client.invoices.retrieve(stripe_id)
        if invoice.status == "draft":
            invoice = client.invoices.finalize_invoice(stripe_id, {"auto_advance": True})
    if invoice.status != "open" or invoice.attempt_count:
        return
    try:
        with calling_stripe():
            client.invoices.pay(stripe_id)
    except Declined as refusal:
        # It is open now and tried again: owed from today, as after any renewal that failed.
        _log.info("resuming.declined", invoice=stripe_id, code=refusal.code)
