"""Coupons on invoices of ours: whether one can be used, who has its last use, how long it lasts.

How often one was used is what was used here and what Stripe counted for cards. Here the coupon's
row is locked while it is counted, so of two who want the last use one has it.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from control.billing.coupons import ask_to_count
from control.billing.models import (
    BillingAccount,
    Coupon,
    CouponUse,
    Invoice,
    InvoiceState,
    Subscription,
)
from control.billing.transfer.quoting import months_later
from kit import clock
from kit.db import control_session, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _

_ALMOST = timedelta(days=5)
"""By so much a month's end may differ from where a period begins: months have 28 to 31 days."""


def find_usable(account: BillingAccount, code: str, *, currency: str) -> Coupon | None:
    """Return the coupon of a code that somebody typed, None for none; Refused, naming the field."""
    code = code.strip().upper()
    if not code:
        return None
    coupon = control_session().scalars(select(Coupon).where(Coupon.code == code)).one_or_none()
    if coupon is None:
        raise Refused(
            _("There is no promotion code like this. Look at how it is written."), field="code"
        )
    _refuse(coupon, account, currency=currency)
    return coupon


def redeem(coupon: Coupon, subscription: Subscription) -> None:
    """Use a coupon for what is ordered; the account is held. Refused for one used up meanwhile."""
    coupon = lock_row(coupon)
    _refuse(coupon, subscription.account, currency=subscription.currency)
    control_session().add(
        CouponUse(
            coupon_id=coupon.id, account_id=subscription.account_id, subscription_id=subscription.id
        )
    )
    subscription.coupon = coupon.code
    control_session().flush()
    ask_to_count(coupon)


def give_back(subscription: Subscription) -> None:
    """Let another use a coupon that lowered what was never paid."""
    use = use_of(subscription)
    if use is not None:
        coupon = lock_row(use.coupon)
        use.given_back_at = clock.now()
        subscription.coupon = None
        control_session().flush()
        ask_to_count(coupon)


def begin(subscription: Subscription) -> None:
    """Reckon until when a coupon lasts, now that what it lowers begins."""
    use = use_of(subscription)
    if use is None or use.began_at is not None or subscription.period_began_at is None:
        return
    use.began_at = began = subscription.period_began_at
    if use.coupon.is_once:
        use.ends_at = subscription.period_ends_at
    elif use.coupon.months is not None:
        use.ends_at = months_later(began, use.coupon.months)


def use_of(subscription: Subscription) -> CouponUse | None:
    """Return the coupon's use that a subscription has, or None."""
    return (
        control_session()
        .scalars(
            select(CouponUse).where(
                CouponUse.subscription_id == subscription.id, CouponUse.given_back_at.is_(None)
            )
        )
        .one_or_none()
    )


def in_force(subscription: Subscription, began: datetime | None) -> Coupon | None:
    """Return the coupon that lowers a period which begins at a moment, or None."""
    use = use_of(subscription)
    if use is None:
        return None
    if use.ends_at is not None and began is not None and began + _ALMOST >= use.ends_at:
        return None
    return use.coupon


def uses_here(coupon: Coupon) -> int:
    """Return how often a coupon was used for a plan that is paid by transfer."""
    return (
        control_session().scalar(
            select(func.count())
            .select_from(CouponUse)
            .where(CouponUse.coupon_id == coupon.id, CouponUse.given_back_at.is_(None))
        )
        or 0
    )


def _refuse(coupon: Coupon, account: BillingAccount, *, currency: str) -> None:
    is_over = coupon.ends_at is not None and coupon.ends_at <= clock.now()
    most = coupon.most_uses
    is_used_up = most is not None and uses_here(coupon) + coupon.stripe_uses >= most
    if is_over or is_used_up or not coupon.is_active:
        raise Refused(
            _(
                "This promotion code cannot be used any more. Go on without it, or enter "
                "another one."
            ),
            field="code",
        )
    if coupon.currency is not None and coupon.currency != currency:
        raise Refused(
            _("This promotion code is for prices in %(currency)s.", currency=coupon.currency),
            field="code",
        )
    if coupon.is_first_only and _has_paid(account):
        raise Refused(
            _("This promotion code is for a first payment only. Go on without it."), field="code"
        )


def _has_paid(account: BillingAccount) -> bool:
    found = control_session().scalar(
        select(Invoice.id)
        .where(
            Invoice.account_id == account.id,
            Invoice.state == InvoiceState.PAID,
            Invoice.paid_amount > 0,
        )
        .limit(1)
    )
    return found is not None
