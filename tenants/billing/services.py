"""Verbs on the plan, as the workspace's own people ask for them.

The control plane does it and writes its log; then this workspace's own log says who did what.
"""

from datetime import datetime
from typing import BinaryIO

from control.billing import currency as currencies
from control.billing.accounts import account_of, live_subscription
from control.billing.coupons import look_up_uses
from control.billing.labels import COUNTED, amount_of_limit, amount_used
from control.billing.limits import Meter, read_limits, with_seats
from control.billing.models import (
    BillingAccount,
    Invoice,
    PlanPrice,
    Provider,
    TransferProof,
)
from control.billing.online import changing, checkout
from control.billing.transfer import buying, proving
from control.billing.transfer.proving import Claim
from control.billing.transfer.quoting import Quote
from kit import audit, clock, tenancy
from kit.db import control_session, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.payments import has_stripe
from tenants.accounts import room
from tenants.accounts import services as accounts
from tenants.accounts.models import User, UserSession
from tenants.billing import events
from tenants.billing.usage import beyond


def _refuse_without_stripe() -> None:
    if not has_stripe():
        raise Refused(_("Payment by card is not set up here. Pay by bank transfer."))


def own_account() -> BillingAccount:
    """Return the account of the open workspace."""
    return account_of(tenancy.current().id)


def pays_by_transfer() -> bool:
    """Tell whether what this workspace has bought is paid by bank transfer."""
    bought = live_subscription(own_account())
    return bought is not None and bought.provider == Provider.TRANSFER


def quote_purchase(price: PlanPrice, *, extra_seats: int, code: str = "") -> Quote:
    """Return what a plan costs by transfer, with a promotion code where one is typed.

    Refused with the list of what is over its limits.
    """
    refuse_too_much(price, extra_seats)
    session().rollback()
    look_up_uses(code)
    return buying.quote_purchase(
        own_account(), price, extra_seats=extra_seats, moment=clock.now(), code=code
    )


def order_by_transfer(
    price: PlanPrice, *, extra_seats: int, moment: datetime, code: str = "", by: User
) -> Invoice:
    """Order a plan by transfer: an invoice over what the quote said."""
    refuse_too_much(price, extra_seats)
    name = price.plan_version.plan.code
    session().rollback()
    look_up_uses(code)
    invoice = buying.order(
        own_account(), price, extra_seats=extra_seats, moment=moment, code=code, by=by
    )
    _log(events.ORDERED, by, plan=name, extra_seats=extra_seats, invoice=invoice.number)
    return invoice


def withdraw_order(invoice: Invoice, *, by: User) -> None:
    """Take back what was ordered by transfer and is not paid."""
    number = invoice.number
    session().rollback()
    buying.withdraw(invoice, by=by)
    _log(events.WITHDRAWN, by, invoice=number)


def hand_in_proof(
    invoice: Invoice,
    claim: Claim,
    scan: tuple[BinaryIO, str],
    *,
    by: User,
) -> None:
    """Hand in the bank's receipt for an invoice; what refuses leaves no file behind."""
    number = invoice.number
    session().rollback()
    control_session().rollback()
    kept = proving.keep_scan(scan[0], name=scan[1])
    try:
        made = proving.hand_in(invoice, claim, kept, by=by)
    except BaseException:
        room.discard(kept.key)
        raise
    if made.file_key != kept.key:
        # The same click again: the first one's scan is there.
        room.discard(kept.key)
        return
    _log(events.PROOF, by, invoice=number, amount=claim.amount)


def take_proof_back(proof: TransferProof, *, by: User) -> None:
    """Take back a proof on which nobody has decided, and its file with it."""
    number, amount = proof.invoice.number, proof.amount
    session().rollback()
    room.remove(proving.take_back(proof, by=by))
    _log(events.PROOF_BACK, by, invoice=number, amount=amount)


def begin_checkout(
    price: PlanPrice,
    *,
    extra_seats: int,
    submission: str,
    back_url: str,
    code: str = "",
    by: User,
) -> str:
    """Return the address of the page on which a plan is bought; a code is typed there."""
    if code:
        raise Refused(
            _("By card, the promotion code is typed on Stripe's page. Leave this empty."),
            field="code",
        )
    _refuse_without_stripe()
    refuse_too_much(price, extra_seats)
    name = price.plan_version.plan.code
    session().rollback()
    url = checkout.begin_checkout(
        own_account(),
        price,
        extra_seats=extra_seats,
        submission=submission,
        back_url=back_url,
        by=by,
    )
    _log(events.CHECKOUT, by, plan=name, extra_seats=extra_seats)
    return url


def open_portal(*, back_url: str, by: User) -> str:
    """Return the address of Stripe's portal for this workspace."""
    _refuse_without_stripe()
    session().rollback()
    url = checkout.open_portal(own_account(), back_url=back_url, by=by)
    _log(events.PORTAL, by)
    return url


def preview_change(price: PlanPrice, *, extra_seats: int) -> changing.Preview | Quote:
    """Return what a change costs now; Refused with the list of what is over the new limits."""
    if pays_by_transfer():
        refuse_too_much(price, extra_seats)
        session().rollback()
        return buying.quote_new(own_account(), price, extra_seats=extra_seats, moment=clock.now())
    _refuse_without_stripe()
    refuse_too_much(price, extra_seats)
    session().rollback()
    return changing.preview_change(own_account(), price, extra_seats=extra_seats)


def change_plan(
    price: PlanPrice, *, extra_seats: int, moment: datetime, submission: str, by: User
) -> Invoice | None:
    """Change plan or seats for what the preview of that moment said."""
    name = price.plan_version.plan.code
    if pays_by_transfer():
        refuse_too_much(price, extra_seats)
        session().rollback()
        invoice = buying.change(own_account(), price, extra_seats=extra_seats, moment=moment, by=by)
        _log(events.CHANGED, by, plan=name, extra_seats=extra_seats)
        return invoice
    _refuse_without_stripe()
    refuse_too_much(price, extra_seats)
    session().rollback()
    changing.apply_change(
        own_account(),
        price,
        extra_seats=extra_seats,
        moment=moment,
        submission=submission,
        by=by,
    )
    _log(events.CHANGED, by, plan=name, extra_seats=extra_seats)
    return None


def give_up_plan(login: UserSession, *, password: str, reason: str, by: User) -> None:
    """Let the plan end with the period that is paid; Refused for a wrong password."""
    verb = buying.give_up if pays_by_transfer() else changing.give_up
    if verb is changing.give_up:
        _refuse_without_stripe()
    accounts.prove(login, password)
    session().rollback()
    verb(own_account(), reason=reason, by=by)
    _log(events.GIVEN_UP, by, reason=reason)


def choose_currency(currency: str, *, by: User) -> None:
    """Have this workspace pay in another currency, as long as it has bought nothing."""
    session().rollback()
    before = currencies.choose_currency(own_account(), currency, by=by)
    if before != currency:
        _log(events.CURRENCY, by, before=before, after=currency)


def keep_plan(*, by: User) -> None:
    """Let the plan renew after all."""
    if pays_by_transfer():
        session().rollback()
        buying.keep(own_account(), by=by)
    else:
        _refuse_without_stripe()
        session().rollback()
        changing.take_back_giving_up(own_account(), by=by)
    _log(events.KEPT, by)


def too_much(price: PlanPrice, extra_seats: int) -> list[Meter]:
    """Return what is in use beyond the limits of another plan."""
    return beyond(with_seats(read_limits(price.plan_version.limits), extra_seats))


class TooMuch(Refused):
    """More is in use than a plan includes; `listed` says of each thing how much."""

    def __init__(self, over: list[Meter]) -> None:
        super().__init__(
            _("More is in use than this plan includes. Here is how much of what."), field="price"
        )
        self.listed = [
            _(
                "%(what)s: %(used)s in use, %(most)s included",
                what=COUNTED[one.counted],
                used=amount_used(one.counted, one.used),
                most=amount_of_limit(one.counted, one.limit),
            )
            for one in over
        ]


def refuse_too_much(price: PlanPrice, extra_seats: int) -> None:
    """Refuse a plan into which what is in use does not fit, naming each thing and by how much."""
    if over := too_much(price, extra_seats):
        raise TooMuch(over)


def _log(event: audit.Event, by: User, **details: object) -> None:
    with transaction(even_read_only=True):
        audit.record(event, by, by=by, **details)
