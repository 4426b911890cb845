"""Buy, change and give up a plan that is paid by transfer; quotes and deeds by the same lines."""

from datetime import datetime, timedelta

from control.billing.accounts import (
    live_subscription,
    owed_since,
    refuse_closing,
    refuse_sandbox,
    review,
)
from control.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceReason,
    PlanPrice,
    Provider,
    Subscription,
    SubscriptionState,
)
from control.billing.online.checkout import refuse_price
from control.billing.online.doubles import ask_one_plan
from control.billing.transfer import drawing, ledger
from control.billing.transfer.quoting import Quote, in_short, quote_change, quote_period
from control.billing.transfer.receiving import after_paid
from control.billing.transfer.redeeming import find_usable, in_force, redeem
from control.billing.transfer.renewing import follow_change, renew
from control.billing.transfer.terms import terms_now
from kit import audit, clock
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import format_date
from kit.i18n import gettext as _

ORDERED = audit.Event.named("billing:transfer_ordered", "price", "extra_seats", "invoice")
COMING = audit.Event.named("billing:change_comes", "price", "extra_seats")
GIVEN_UP = audit.Event.named("billing:transfer_given_up", "reason")
KEPT = audit.Event.named("billing:transfer_kept")
WITHDRAWN = audit.Event.named("billing:order_withdrawn", "invoice")
SHOWN_FOR = timedelta(hours=1)
"""How long what was shown may be agreed to: later it is reckoned anew."""


def open_offer(account: BillingAccount) -> Invoice | None:
    """Return what was ordered by transfer and is not paid yet, or None."""
    found = ledger.open_invoices(account, reasons=(InvoiceReason.CREATE, InvoiceReason.UPDATE))
    return found[0] if found else None


def quote_purchase(
    account: BillingAccount,
    price: PlanPrice,
    *,
    extra_seats: int,
    moment: datetime,
    code: str = "",
) -> Quote:
    """Return what the first period costs, lowered by a promotion code where one is typed.

    Refused when it cannot be bought by transfer now, and for a code that cannot be used.
    """
    _refuse_purchase(account, price, extra_seats)
    coupon = find_usable(account, code, currency=price.currency)
    return quote_period(price, extra_seats, moment, coupon=coupon)


def order(
    account: BillingAccount,
    price: PlanPrice,
    *,
    extra_seats: int,
    moment: datetime,
    code: str = "",
    by: audit.Actor,
) -> Invoice:
    """Order a plan: an invoice over what the quote said; it begins when that is paid.

    Not before the days end that are free, or paid by card. Refused as the quote is, so the second
    click finds the first one's invoice open. A promotion code is used from now on; nothing is
    ordered when another took its last use a moment ago.
    """
    with control_transaction() as control:
        account = lock_row(account)
        quote = quote_purchase(account, price, extra_seats=extra_seats, moment=moment, code=code)
        now = clock.now()
        free_until = account.workspace.trial_ends_at
        other = live_subscription(account)
        paid_until = other.cancels_at if other is not None else None
        begins = max(now, free_until, paid_until or now)
        subscription = Subscription(
            account_id=account.id,
            provider=Provider.TRANSFER,
            state=SubscriptionState.INCOMPLETE,
            plan_version_id=price.plan_version_id,
            interval=price.interval,
            currency=price.currency,
            extra_seats=extra_seats,
            started_at=paid_until if paid_until and paid_until > now else now,
            trial_ends_at=begins if begins > now else None,
        )
        control.add(subscription)
        control.flush()
        coupon = find_usable(account, code, currency=price.currency)
        if coupon is not None:
            redeem(coupon, subscription)
        invoice = drawing.draw(
            account,
            quote,
            InvoiceReason.CREATE,
            price=price,
            extra_seats=extra_seats,
            subscription=subscription,
            not_due_before=begins,
            by=by,
        )
        _note_ordered(account, invoice, price, by=by)
        review(account, by=by)
        # A page that somebody left open would sell a second plan beside it.
        ask_one_plan(account)
        return invoice


def quote_new(
    account: BillingAccount, price: PlanPrice, *, extra_seats: int, moment: datetime
) -> Quote:
    """Return what another plan or other seats cost now; Refused when they cannot be had now.

    Nothing is due for what is less: it comes with the next period.
    """
    subscription = _changeable(account, price, extra_seats)
    has = (subscription.plan_version_id, subscription.interval, subscription.extra_seats)
    wanted = (price.plan_version_id, price.interval, extra_seats)
    if has == wanted and subscription.next_price_id is None:
        raise Refused(
            _("This is what you have. Choose another plan or other seats."), field="price"
        )
    anew = in_force(subscription, moment)
    return quote_change(
        subscription,
        price,
        extra_seats,
        moment,
        coupon=in_force(subscription, subscription.period_began_at),
        anew=None if anew is None or anew.is_once else anew,
    )


def change(
    account: BillingAccount,
    price: PlanPrice,
    *,
    extra_seats: int,
    moment: datetime,
    by: audit.Actor,
) -> Invoice | None:
    """Change plan or seats: more by an invoice, from when it is paid; less with the next period.

    Returns the invoice, None for what comes later.
    """
    _refuse_old(moment)
    with control_transaction() as control:
        account = lock_row(account)
        subscription = lock_row(_changeable(account, price, extra_seats))
        quote = quote_new(account, price, extra_seats=extra_seats, moment=moment)
        if quote.total > 0:
            invoice = drawing.draw(
                account,
                quote,
                InvoiceReason.UPDATE,
                price=price,
                extra_seats=extra_seats,
                subscription=subscription,
                by=by,
            )
            _note_ordered(account, invoice, price, by=by)
            if invoice.remaining_amount == 0:
                after_paid(invoice, by=by)
        else:
            invoice = None
            is_what_it_has = (subscription.plan_version_id, subscription.interval) == (
                price.plan_version_id,
                price.interval,
            ) and subscription.extra_seats == extra_seats
            subscription.next_price_id = None if is_what_it_has else price.id
            subscription.next_extra_seats = None if is_what_it_has else extra_seats
            control.flush()
            control.expire(subscription, ["next_price"])
            audit.record_control(
                COMING, account, by=by, price=in_short(price), extra_seats=extra_seats
            )
            follow_change(subscription, by=by)
        review(account, by=by)
        return invoice


def give_up(account: BillingAccount, *, reason: str, by: audit.Actor) -> None:
    """Let the plan end with the period that is paid; what is open for the next one is void.

    Refused while something is owed.
    """
    with control_transaction() as control:
        account = lock_row(account)
        subscription = lock_row(_bought(account))
        _refuse_owed(account)
        subscription.cancels_at = subscription.period_ends_at
        subscription.ends_with_workspace = False
        control.flush()
        for invoice in ledger.open_invoices(account, reasons=(InvoiceReason.UPDATE,)):
            drawing.void(invoice, reason="given up", by=by)
        follow_change(subscription, by=by)
        audit.record_control(GIVEN_UP, account, by=by, reason=reason)
        review(account, by=by)


def keep(account: BillingAccount, *, by: audit.Actor) -> None:
    """Let the plan go on after all; Refused once it has ended."""
    with control_transaction() as control:
        account = lock_row(account)
        subscription = lock_row(_bought(account))
        if subscription.cancels_at is None:
            return
        refuse_closing(account)
        if subscription.cancels_at <= clock.now():
            raise Refused(_("The plan has ended. Choose a plan again."))
        subscription.cancels_at = None
        control.flush()
        audit.record_control(KEPT, account, by=by)
        renew(subscription, by=by)
        review(account, by=by)


def withdraw(invoice: Invoice, *, by: audit.Actor) -> None:
    """Take back what was ordered and is not paid; Refused for what is owed, and in doubt."""
    with control_transaction():
        account = lock_row(invoice.account)
        invoice = lock_row(invoice)
        if not invoice.is_offer:
            raise Refused(_("Only an order that is not paid can be withdrawn."))
        drawing.void(invoice, reason="withdrawn", by=by)
        audit.record_control(WITHDRAWN, account, by=by, invoice=invoice.number)
        review(account, by=by)


def _note_ordered(
    account: BillingAccount, invoice: Invoice, price: PlanPrice, *, by: audit.Actor
) -> None:
    audit.record_control(
        ORDERED,
        account,
        by=by,
        price=in_short(price),
        extra_seats=invoice.extra_seats,
        invoice=invoice.number,
    )


def _refuse_purchase(account: BillingAccount, price: PlanPrice, extra_seats: int) -> None:
    refuse_sandbox(account)
    refuse_closing(account)
    bought = live_subscription(account)
    if bought is not None and bought.provider == Provider.STRIPE and bought.cancels_at is None:
        raise Refused(
            _(
                "The plan is paid by card. Give it up first: it goes on until %(day)s, and what "
                "you order here by transfer begins on that day.",
                day=format_date(bought.period_ends_at) if bought.period_ends_at else "–",
            )
        )
    if bought is not None and bought.provider == Provider.TRANSFER:
        raise Refused(_("A plan has been bought already. Change it instead of buying another."))
    _refuse_owed(account)
    _refuse_offered(account)
    refuse_price(account, price, extra_seats)
    if price.currency != account.currency:
        raise Refused(
            _("The plan is paid in %(currency)s; it stays so.", currency=account.currency),
            field="price",
        )
    if not terms_now().is_complete:
        raise Refused(
            _(
                "The platform operator has not said yet to which bank account to pay. "
                "Please ask the operator."
            )
        )


def _changeable(account: BillingAccount, price: PlanPrice, extra_seats: int) -> Subscription:
    refuse_closing(account)
    subscription = _bought(account)
    _refuse_owed(account)
    if subscription.cancels_at is not None:
        raise Refused(_("The plan has been given up. Keep it first; then it can be changed."))
    if subscription.next_begins_at is not None:
        raise Refused(
            _(
                "The next period is paid already, and what you chose for it begins on %(day)s. "
                "It can be changed from that day on.",
                day=format_date(subscription.next_begins_at),
            )
        )
    _refuse_offered(account)
    if price.currency != subscription.currency:
        raise Refused(
            _("The plan is paid in %(currency)s; it stays so.", currency=subscription.currency),
            field="price",
        )
    refuse_price(account, price, extra_seats)
    return subscription


def _bought(account: BillingAccount) -> Subscription:
    subscription = live_subscription(account)
    if subscription is None or subscription.provider != Provider.TRANSFER:
        raise Refused(_("Nothing is bought that could be changed."))
    return subscription


def _refuse_owed(account: BillingAccount) -> None:
    if owed_since(account) is not None:
        raise Refused(_("Something is still owed. Pay it first; then the plan can be changed."))


def _refuse_offered(account: BillingAccount) -> None:
    offer = open_offer(account)
    if offer is not None:
        raise Refused(
            _(
                "Invoice %(number)s for your order is open. Pay it, or withdraw the order first.",
                number=offer.number or "",
            )
        )


def _refuse_old(moment: datetime) -> None:
    """Refuse a moment that is not about now: at the end of a period everything costs nothing."""
    if not clock.now() - SHOWN_FOR <= moment <= clock.now() + timedelta(minutes=1):
        raise Refused(_("What it costs was shown too long ago. Look at it again."))
