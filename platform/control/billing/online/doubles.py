"""One workspace, one plan: what was bought a second time by mistake is ended and paid back.

Two tabs, two colleagues, a page that stayed open while the invoice was paid: each buys a plan that
renews for ever, and people see only one of them.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog
from flask_babel import force_locale
from sqlalchemy import select

from control.billing.models import (
    OFFERS,
    BillingAccount,
    Invoice,
    InvoiceState,
    Provider,
    Subscription,
)
from control.billing.online import mirror
from control.billing.online.fetching import fetch_invoice, fetch_subscription
from control.billing.online.money_back import Way, possible, take_back
from control.billing.online.pages import close_page
from control.billing.online.stopping import cancel_at_once
from control.billing.standing import LIVE
from control.billing.telling import note, tell
from control.billing.transfer.ledger import open_invoices
from kit import audit, clock, jobs
from kit.db import control_session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.payments import calling_stripe, has_stripe, stripe_client

ENDED = audit.Event.named("billing:double_ended", "stripe_id", "kept", "amount", "currency")
DOUBTED = audit.Event.named("billing:double_doubted", "stripe_id", "kept")
YOUNG = timedelta(days=7)
"""Within which a second plan is a mistake that is mended without asking: nobody has used it."""
_log = structlog.get_logger("control.billing")
_MANY = 100


def ask_one_plan(account: BillingAccount) -> None:
    """Have it seen to that an account has one plan, where it may have more; once at a time."""
    if account.checkouts or doubles_of(account):
        jobs.enqueue_control(keep_one_plan, unique_key=str(account.id), account_id=account.id)


def doubles_of(account: BillingAccount) -> Sequence[Subscription]:
    """Return the plans that an account has beside the one it keeps; one given up is no double.

    It keeps what is paid by transfer, for money goes back to a card by itself; else the first.
    """
    live = control_session().scalars(
        select(Subscription)
        .where(
            Subscription.account_id == account.id,
            Subscription.state.in_([state.value for state in LIVE]),
            Subscription.cancels_at.is_(None),
        )
        .order_by(Subscription.started_at, Subscription.id)
    )
    others = sorted(live, key=lambda one: one.provider == Provider.STRIPE)[1:]
    return [one for one in others if one.provider == Provider.STRIPE]


@job("billing.one_plan", title=_l("See that a workspace has one plan"), stepped=True, tries=12)
def keep_one_plan(run: JobRun, *, account_id: int) -> None:
    """Close the pages on which a plan could be bought beside one that is there, end doubles."""
    if not has_stripe():
        return
    account = control_session().get_one(BillingAccount, account_id)
    if _has_plan_or_order(account):
        for page in list(account.checkouts):
            close_page(account, page)
    for double in doubles_of(control_session().get_one(BillingAccount, account_id)):
        stripe_id = double.stripe_id or ""
        if double.started_at < clock.now() - YOUNG:
            run.once(f"doubted {stripe_id}", partial(_doubt, account_id, stripe_id))
        else:
            given_back = _end(account_id, stripe_id)
            run.once(f"ended {stripe_id}", partial(_note, account_id, stripe_id, given_back))


def _has_plan_or_order(account: BillingAccount) -> bool:
    had = control_session().scalar(
        select(Subscription.id)
        .where(
            Subscription.account_id == account.id,
            Subscription.state.in_([state.value for state in LIVE]),
            Subscription.cancels_at.is_(None),
        )
        .limit(1)
    )
    return had is not None or bool(open_invoices(account, reasons=OFFERS))


def _end(account_id: int, stripe_id: str) -> int:
    """End a plan at once and give back all that was paid for it; return how much."""
    control_session().rollback()
    cancel_at_once(stripe_id)
    ticket = mirror.take_ticket()
    with calling_stripe():
        listed = stripe_client().v1.invoices.list({"subscription": stripe_id, "limit": _MANY}).data
    fetched = [fetch_invoice(one.id) for one in listed if one.id]
    mirror.show_subscription(fetch_subscription(stripe_id), ticket=ticket)
    for one in fetched:
        mirror.show_invoice(one, ticket=ticket)
    for invoice in _invoices_of(stripe_id):
        can, account = possible(invoice), control_session().get_one(BillingAccount, account_id)
        with force_locale("en" if account.workspace.locale == "en" else "zh_Hans_CN"):
            reason = str(_("Bought twice: this one is ended and paid back."))
        given = {"reason": reason, "submission": f"double-{invoice.stripe_id}", "by": audit.SYSTEM}
        if can.is_voidable:
            take_back(invoice, Way.VOID, amount=invoice.remaining_amount, **given)  # type: ignore[arg-type]
        elif can.refund:
            take_back(invoice, Way.REFUND, amount=can.refund, **given)  # type: ignore[arg-type]
    return sum(one.refunded_amount for one in _invoices_of(stripe_id))


def _invoices_of(stripe_id: str) -> Sequence[Invoice]:
    control_session().expire_all()
    return (
        control_session()
        .scalars(
            select(Invoice)
            .join(Subscription, Subscription.id == Invoice.subscription_id)
            .where(Subscription.stripe_id == stripe_id, Invoice.state != InvoiceState.DRAFT)
        )
        .all()
    )


def _note(account_id: int, stripe_id: str, given_back: int) -> None:
    account = control_session().get_one(BillingAccount, account_id)
    audit.record_control(
        ENDED,
        account,
        by=audit.SYSTEM,
        stripe_id=stripe_id,
        kept=_kept(account),
        amount=given_back,
        currency=account.currency,
    )
    tell(account, f"double-{stripe_id}")


def _doubt(account_id: int, stripe_id: str) -> None:
    """Leave a second plan that is in use to an operator: the timeline and the log say so."""
    account = control_session().get_one(BillingAccount, account_id)
    if note(account, f"doubted-{stripe_id}"):
        _log.error("billing.doubled", account=account.public_id, subscription=stripe_id)
        audit.record_control(
            DOUBTED, account, by=audit.SYSTEM, stripe_id=stripe_id, kept=_kept(account)
        )


def _kept(account: BillingAccount) -> str:
    from control.billing.accounts import live_subscription

    live = live_subscription(account)
    return "" if live is None else live.stripe_id or str(Provider.TRANSFER)
