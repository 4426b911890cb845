"""Coupons: reductions that operators give, kept here and redeemed at Stripe."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from control.billing.models import Coupon
from control.billing.planning import CURRENCIES
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.payments import calling_stripe, has_stripe, stripe_client

ADDED = audit.Event.named("billing:coupon_added", "coupon", "after")
OFFERED = audit.Event.named("billing:coupon_offered", "coupon", "stripe_id")
SWITCHED_OFF = audit.Event.named("billing:coupon_switched_off", "coupon")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,29}")
MOST_MONTHS = 36


def add_coupon(
    code: str,
    *,
    percent: int | None = None,
    amount: int | None = None,
    currency: str | None = None,
    months: int | None = None,
    is_once: bool = False,
    is_first_only: bool = False,
    most_uses: int | None = None,
    ends_at: datetime | None = None,
    by: audit.Actor,
) -> Coupon:
    """Enter a coupon: per cent or an amount off, for some months or, with None, for ever.

    `is_once` is for the first invoice alone, `is_first_only` for who has never paid. Who pays by
    card can use it once `offer_at_stripe` has been done.
    """
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise Refused(
            _("A code is 3 to 30 letters, digits or “-”, such as SPRING-20."), field="code"
        )
    _refuse_reduction(percent, amount, currency)
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise Refused(
            _("Months are a number from 1 to %(most)s.", most=MOST_MONTHS), field="months"
        )
    if is_once and months is not None:
        raise Refused(_("Either for the first invoice alone, or for some months."), field="months")
    if most_uses is not None and most_uses < 1:
        raise Refused(_("It must be usable at least once."), field="most_uses")
    if ends_at is not None and ends_at <= clock.now():
        raise Refused(_("This moment has passed."), field="ends_at")
    with control_transaction() as control:
        if control.scalar(select(Coupon.id).where(Coupon.code == code)):
            raise Refused(_("There is a coupon with this code already."), field="code")
        coupon = Coupon(
            code=code,
            percent=percent,
            amount=amount if percent is None else None,
            currency=currency if percent is None else None,
            months=months,
            is_once=is_once,
            is_first_only=is_first_only,
            most_uses=most_uses,
            ends_at=ends_at,
        )
        control.add(coupon)
        control.flush()
        given = {"percent": percent, "amount": amount, "currency": currency, "months": months}
        after: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        marks = {"is_once": is_once, "is_first_only": is_first_only}
        after |= {name: True for name, is_set in marks.items() if is_set}
        audit.record_control(ADDED, coupon, by=by, coupon=code, after=after)
        return coupon


def offer_at_stripe(coupon: Coupon, *, by: audit.Actor) -> None:
    """Have a coupon and the code people type at Stripe; done again, it is made once.

    Without Stripe nothing happens. No transaction may be open.
    """
    if not has_stripe() or coupon.stripe_code_id or not coupon.is_active:
        return
    if coupon.stripe_coupon_id is None:
        made = _make(coupon)
        with control_transaction():
            coupon = lock_row(coupon)
            coupon.stripe_coupon_id = made
    code = _make_code(coupon)
    with control_transaction():
        coupon = lock_row(coupon)
        if coupon.stripe_code_id is None:
            coupon.stripe_code_id = code
            coupon.version += 1
            audit.record_control(OFFERED, coupon, by=by, coupon=coupon.code, stripe_id=code)


def switch_off(coupon: Coupon, *, by: audit.Actor) -> None:
    """Let nobody use a coupon any more; who has it keeps what it gives."""
    code = coupon.stripe_code_id
    if code and has_stripe():
        control_session().rollback()
        with calling_stripe():
            stripe_client().v1.promotion_codes.update(code, {"active": False})
    with control_transaction():
        coupon = lock_row(coupon)
        if coupon.is_active:
            coupon.is_active = False
            coupon.version += 1
            audit.record_control(SWITCHED_OFF, coupon, by=by, coupon=coupon.code)


def code_of(stripe_coupon_id: str) -> str:
    """Return the code of the coupon that is one of Stripe's; its id for one not made here."""
    found = control_session().scalar(
        select(Coupon.code).where(Coupon.stripe_coupon_id == stripe_coupon_id)
    )
    return found or stripe_coupon_id


def uses_of(coupon: Coupon) -> int | None:
    """Return how often a coupon was used, as Stripe counts; None where it is not at Stripe."""
    code = coupon.stripe_code_id
    if code is None or not has_stripe():
        return None
    control_session().rollback()
    with calling_stripe():
        return stripe_client().v1.promotion_codes.retrieve(code).times_redeemed


def look_up_uses(code: str) -> None:
    """Ask Stripe how often a coupon of limited uses was used by card, before it is used here.

    Where Stripe does not answer, what it said last stands. No transaction may be open.
    """
    found = control_session().scalars(select(Coupon).where(Coupon.code == code.strip().upper()))
    coupon = found.one_or_none()
    if coupon is None or coupon.most_uses is None:
        return
    try:
        uses = uses_of(coupon)
    except Refused:
        return
    if uses is not None:
        with control_transaction():
            lock_row(coupon).stripe_uses = uses


def ask_to_count(coupon: Coupon) -> None:
    """Have a coupon of limited uses counted at both ends; part of what used it."""
    from control.billing.jobs import count_coupon

    if coupon.most_uses is not None and coupon.stripe_code_id and has_stripe():
        jobs.enqueue_control(count_coupon, coupon_id=coupon.id)


def ask_to_count_at_stripe(stripe_coupon_ids: Collection[str]) -> None:
    """Have coupons counted that Stripe says to lower something; part of showing it."""
    for coupon in control_session().scalars(
        select(Coupon).where(Coupon.stripe_coupon_id.in_(stripe_coupon_ids))
    ):
        ask_to_count(coupon)


def _refuse_reduction(percent: int | None, amount: int | None, currency: str | None) -> None:
    if (percent is None) == (amount is None):
        raise Refused(_("Give either per cent or an amount."), field="percent")
    if percent is not None and not 1 <= percent <= 100:
        raise Refused(_("Per cent are a number from 1 to 100."), field="percent")
    if amount is not None and amount < 1:
        raise Refused(_("The amount must be above zero."), field="amount")
    if amount is not None and currency not in CURRENCIES:
        raise Refused(_("Choose a currency."), field="currency")


def _make(coupon: Coupon) -> str:
    params: dict[str, Any] = {
        "name": coupon.code,
        "duration": _duration(coupon),
        "metadata": {"coupon": coupon.public_id},
    }
    if coupon.months is not None:
        params["duration_in_months"] = coupon.months
    if coupon.percent is not None:
        params["percent_off"] = coupon.percent
    else:
        params["amount_off"] = coupon.amount
        params["currency"] = (coupon.currency or "").lower()
    key = f"coupon-{coupon.public_id}"
    control_session().rollback()
    with calling_stripe():
        return stripe_client().v1.coupons.create(params, {"idempotency_key": key}).id  # type: ignore[arg-type]


def _duration(coupon: Coupon) -> str:
    if coupon.is_once:
        return "once"
    return "forever" if coupon.months is None else "repeating"


def _make_code(coupon: Coupon) -> str:
    params: dict[str, Any] = {
        "promotion": {"type": "coupon", "coupon": coupon.stripe_coupon_id},
        "code": coupon.code,
        "metadata": {"coupon": coupon.public_id},
    }
    if coupon.most_uses is not None:
        params["max_redemptions"] = coupon.most_uses
    if coupon.is_first_only:
        params["restrictions"] = {"first_time_transaction": True}
    if coupon.ends_at is not None:
        params["expires_at"] = int(coupon.ends_at.timestamp())
    key = f"promotion-code-{coupon.public_id}"
    control_session().rollback()
    with calling_stripe():
        made = stripe_client().v1.promotion_codes.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
    return made.id
