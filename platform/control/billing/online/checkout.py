"""Buying: Stripe's Checkout page for the first subscription, its portal for cards and invoices."""

from datetime import datetime, timedelta

from control.billing.accounts import live_subscription, owed_since, refuse_closing, refuse_sandbox
from control.billing.buyers import details_of
from control.billing.models import OFFERS, BillingAccount, PlanPrice, Provider
from control.billing.online.catalogue import ensure_sold
from control.billing.online.customers import (
    ensure_customer,
    forget_customer,
    is_deleted,
    tell_buyer,
)
from control.billing.online.pages import close_page, note_page
from control.billing.online.taxes import ensure_rate
from control.billing.transfer.ledger import open_invoices
from kit import audit, clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.i18n import format_date
from kit.i18n import gettext as _
from kit.payments import calling_stripe, stripe_client

BEGUN = audit.Event.named("billing:checkout", "price", "extra_seats")
OPENED = audit.Event.named("billing:portal")
_SHORTEST_TRIAL = timedelta(hours=49)
MOST_SEATS = 10_000


def begin_checkout(
    account: BillingAccount,
    price: PlanPrice,
    *,
    extra_seats: int,
    submission: str,
    back_url: str,
    by: audit.Actor,
) -> str:
    """Return the address of a Checkout page on which a workspace buys a plan.

    What is left of the trial stays free, and what is paid by transfer is not paid again.
    `submission` names this click: sent twice, it is one page. A page that was opened before sells
    nothing any more. Refused when something is bought already, is owed, or the price cannot be
    bought.
    """
    free_until = _refuse_purchase(account, price, extra_seats)
    price = ensure_sold(price)
    customer = _customer(account)
    tell_buyer(account)
    rate = ensure_rate(price.currency)
    is_named = details_of(account) is not None
    items: list[dict[str, object]] = [{"price": price.stripe_price_id, "quantity": 1}]
    if extra_seats:
        items.append({"price": price.stripe_seat_price_id, "quantity": extra_seats})
    subscription: dict[str, object] = {"metadata": {"account": account.public_id}}
    if free_until > clock.now() + _SHORTEST_TRIAL:
        subscription["trial_end"] = int(free_until.timestamp())
    params: dict[str, object] = {
        "mode": "subscription",
        "customer": customer,
        "client_reference_id": account.public_id,
        "line_items": items,
        "subscription_data": subscription,
        "allow_promotion_codes": True,
        "billing_address_collection": "auto",
        "locale": "en" if account.workspace.locale == "en" else "zh",
        "success_url": f"{back_url}?checkout=done",
        "cancel_url": f"{back_url}?checkout=left",
    }
    if rate:
        subscription["default_tax_rates"] = [rate]
    if not is_named:
        # What was entered here stands; else Stripe's page asks, and keeps it.
        params["tax_id_collection"] = {"enabled": True}
        params["customer_update"] = {"name": "auto", "address": "auto"}
    with control_transaction():
        audit.record_control(BEGUN, account, by=by, price=price.public_id, extra_seats=extra_seats)
    key = f"checkout-{account.public_id}-{account.lost_customers}-{submission}"
    control_session().rollback()
    with calling_stripe():
        made = stripe_client().v1.checkout.sessions.create(
            params,  # type: ignore[arg-type] # the typed dictionary is closed, ours is built
            {"idempotency_key": key},
        )
    if made.url is None:
        raise Refused(_("This page was used already. Open the prices again."))
    for other in note_page(account, made.id):
        if not close_page(account, other):
            close_page(account, made.id)
            raise Refused(_("A plan has been bought already. Change it instead of buying another."))
    return made.url


def open_portal(account: BillingAccount, *, back_url: str, by: audit.Actor) -> str:
    """Return the address of Stripe's portal: cards, invoices, tax number; good for minutes."""
    customer = _customer(account)
    with control_transaction():
        audit.record_control(OPENED, account, by=by)
    control_session().rollback()
    with calling_stripe():
        made = stripe_client().v1.billing_portal.sessions.create(
            {
                "customer": customer,
                "return_url": back_url,
                "locale": "en" if account.workspace.locale == "en" else "zh",
            }
        )
    return made.url


def _customer(account: BillingAccount) -> str:
    """Return an account's customer, a new one where somebody has deleted the former at Stripe."""
    known = account.stripe_customer_id
    if known and is_deleted(known):
        forget_customer(account, known)
    return ensure_customer(account)


def _refuse_purchase(account: BillingAccount, price: PlanPrice, extra_seats: int) -> datetime:
    """Refuse what cannot be bought by card now; return until when nothing is to be paid."""
    refuse_sandbox(account)
    refuse_closing(account)
    bought = live_subscription(account)
    free_until = account.workspace.trial_ends_at
    if bought is not None and bought.provider == Provider.STRIPE:
        raise Refused(_("A plan has been bought already. Change it instead of buying another."))
    if bought is not None:
        ends = bought.period_ends_at or clock.now()
        free_until = max(free_until, ends)
        if bought.cancels_at is None:
            raise Refused(
                _(
                    "The plan is paid by transfer. Give it up first: it goes on until %(day)s, "
                    "and what you buy here by card is charged from that day on.",
                    day=format_date(ends),
                )
            )
        if ends <= clock.now() + _SHORTEST_TRIAL:
            raise Refused(
                _(
                    "The plan that is paid ends on %(day)s. Pay by card from then on.",
                    day=format_date(ends),
                )
            )
    if owed_since(account) is not None:
        raise Refused(_("Something is still owed. Pay it first; then the plan can be changed."))
    if open_invoices(account, reasons=OFFERS):
        raise Refused(
            _("An order by transfer is open. Pay its invoice, or withdraw the order first.")
        )
    refuse_price(account, price, extra_seats)
    return free_until


def refuse_price(account: BillingAccount, price: PlanPrice, extra_seats: int) -> None:
    """Refuse a price that is not sold any more, and seats that cannot be had.

    The version that is bought can be kept, with whatever seats, as long as it is had.
    """
    version, bought = price.plan_version, live_subscription(account)
    is_kept = bought is not None and bought.plan_version_id == version.id
    if version.published_at is None or not (version.plan.is_offered or is_kept):
        raise Refused(_("This plan is not sold any more. Choose another one."), field="price")
    if extra_seats and price.seat_amount is None:
        raise Refused(_("No more seats are sold with this plan."), field="extra_seats")
    if not 0 <= extra_seats <= MOST_SEATS:
        raise Refused(
            _("Seats are a number from 0 to %(most)s.", most=f"{MOST_SEATS:,}"),
            field="extra_seats",
        )
