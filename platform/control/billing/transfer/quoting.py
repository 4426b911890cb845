"""What a purchase, a change or a renewal costs, to the fen: the lines that make the invoice, too.

Everything is reckoned in whole minor units for one moment; doing it again for that moment gives
the same lines, so what was shown is what is invoiced.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from control.billing.labels import describe_charge, intervals
from control.billing.models import Coupon, Interval, PlanPrice, Subscription, UsageCharge
from control.billing.plans import price_of
from kit.i18n import LANGUAGES, current_locale, format_date, format_money, speaking
from kit.i18n import gettext as _
from kit.money import Money

_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line in every language we speak, an amount in minor units, and of how many."""

    texts: Mapping[str, str]
    amount: int
    quantity: int = 1
    recurs: bool = True

    @property
    def text(self) -> str:
        """The line in the language in use."""
        return self.texts.get(current_locale(), "")

    def stored(self, locale: str) -> dict[str, object]:
        """Return the line as an invoice keeps it; `text` is in the customer's language."""
        return {
            "text": self.texts.get(locale) or next(iter(self.texts.values())),
            "texts": dict(self.texts),
            "amount": self.amount,
            "quantity": self.quantity,
        } | ({} if self.recurs else {"recurs": False})


@dataclass(frozen=True, slots=True)
class Quote:
    """What something costs now, for one moment; below zero, nothing is due and it comes later."""

    lines: Sequence[QuoteLine]
    currency: str
    moment: datetime

    @property
    def total(self) -> int:
        """What the lines add up to, in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def due_now(self) -> int:
        """What is to be paid, in minor units."""
        return max(0, self.total)


def quote_period(
    price: PlanPrice, extra_seats: int, moment: datetime, *, coupon: Coupon | None = None
) -> Quote:
    """Return what a whole period of a plan with further seats costs."""
    lines = [*_whole(price, extra_seats), *_lowered(coupon, cost_of(price, extra_seats))]
    return Quote(lines, price.currency, moment)


def quote_renewal(
    price: PlanPrice,
    extra_seats: int,
    period: tuple[datetime, datetime],
    moment: datetime,
    *,
    coupon: Coupon | None = None,
    charges: Sequence[UsageCharge] = (),
) -> Quote:
    """Return what a named period of a plan with further seats costs, and charges besides.

    A coupon lowers the plan, not what was used beyond it.
    """
    lines = [
        *_whole(price, extra_seats, span=period),
        *_lowered(coupon, cost_of(price, extra_seats)),
        *charge_lines(charges),
    ]
    return Quote(lines, price.currency, moment)


def quote_charges(charges: Sequence[UsageCharge], currency: str, moment: datetime) -> Quote:
    """Return what was used beyond the plan in months that are over."""
    return Quote(charge_lines(charges), currency, moment)


def charge_lines(charges: Sequence[UsageCharge]) -> list[QuoteLine]:
    """Return charges as lines of an invoice."""
    return [
        QuoteLine(_said(partial(describe_charge, one)), one.amount, recurs=False) for one in charges
    ]


def quote_change(
    subscription: Subscription,
    price: PlanPrice,
    extra_seats: int,
    moment: datetime,
    *,
    coupon: Coupon | None = None,
    anew: Coupon | None = None,
) -> Quote:
    """Return what another plan or other seats cost for the rest of what is paid.

    What is paid and not used comes off. With another interval a new period begins. `coupon` lowers
    the period that is paid, `anew` one that would begin now.
    """
    assert subscription.plan_version is not None
    assert subscription.period_began_at is not None
    assert subscription.period_ends_at is not None
    has = price_of(
        subscription.plan_version, subscription.currency, Interval(subscription.interval)
    )
    began, ends = subscription.period_began_at, subscription.period_ends_at
    # Paid ahead, more than the whole of it is left; but the days before the first were free.
    paid_from = max(moment, subscription.trial_ends_at or moment)
    left = max(0, int((ends - paid_from).total_seconds()))
    length = max(1, int((ends - began).total_seconds()))
    lines = []
    # What was not paid because of a coupon does not come off either.
    spared = 0
    if has is not None:
        cost = cost_of(has, subscription.extra_seats)
        spared = _share(off(coupon, cost), left, length)
        unused = _share(cost, left, length)
        lines.append(
            QuoteLine(
                _said(
                    lambda: _(
                        "Not used of %(plan)s until %(day)s", plan=_name(has), day=format_date(ends)
                    )
                ),
                -unused,
            )
        )
    if price.interval != subscription.interval:
        lowered = _lowered(anew, cost_of(price, extra_seats), spared=spared, named=coupon)
        return Quote([*lines, *_whole(price, extra_seats), *lowered], price.currency, moment)
    lines.append(
        QuoteLine(
            _said(lambda: _("%(plan)s until %(day)s", plan=_name(price), day=format_date(ends))),
            _share(price.amount, left, length),
        )
    )
    if extra_seats:
        lines.append(
            QuoteLine(
                _said(lambda: _("Further seats until %(day)s", day=format_date(ends))),
                _share((price.seat_amount or 0) * extra_seats, left, length),
                extra_seats,
            )
        )
    less = off(coupon, cost_of(price, extra_seats))
    lines += _coupon_lines(coupon, spared - _share(less, left, length))
    return Quote(lines, price.currency, moment)


def off(coupon: Coupon | None, cost: int) -> int:
    """Return by how much a coupon lowers what a period costs, in minor units, half up."""
    if coupon is None:
        return 0
    if coupon.percent is not None:
        return (2 * cost * coupon.percent + 100) // 200
    return min(coupon.amount or 0, cost)


def cost_of(price: PlanPrice, extra_seats: int) -> int:
    """Return what a period costs, in minor units."""
    return price.amount + extra_seats * (price.seat_amount or 0)


def in_short(price: PlanPrice) -> str:
    """Return which price it is, as the log keeps it."""
    amount = Money(price.amount, price.currency).major
    return f"{price.plan_version.plan.code} {amount} {price.currency}/{price.interval}"


def months_later(began: datetime, count: int) -> datetime:
    """Return the same day some months later; where that month is too short its last day."""
    ends = began
    for _each in range(count):
        ends = period_end(ends, Interval.MONTH, anchor=began)
    return ends


def period_end(began: datetime, interval: str, *, anchor: datetime | None = None) -> datetime:
    """Return the end of a period that begins at a moment: the same day a month or a year later.

    Where that month is too short it is its last day, and the next period finds the anchor's again.
    """
    local = began.astimezone(_ZONE)
    day = local.day
    if anchor is not None and day == calendar.monthrange(local.year, local.month)[1]:
        day = max(day, anchor.astimezone(_ZONE).day)
    year, month = local.year + (interval == Interval.YEAR), local.month
    if interval == Interval.MONTH:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = min(day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(began.tzinfo)


def _share(amount: int, left: int, length: int) -> int:
    """Return the part of an amount for what is left of a period, rounded half up."""
    return (2 * amount * left + length) // (2 * length)


def _whole(
    price: PlanPrice, extra_seats: int, *, span: tuple[datetime, datetime] | None = None
) -> list[QuoteLine]:
    def plan() -> str:
        if span is None:
            return f"{_name(price)} · {intervals()[Interval(price.interval)]}"
        first, last = (format_date(one) for one in span)
        return str(
            _("%(plan)s from %(first)s to %(last)s", plan=_name(price), first=first, last=last)
        )

    lines = [QuoteLine(_said(plan), price.amount)]
    if extra_seats:
        seats = (price.seat_amount or 0) * extra_seats
        lines.append(QuoteLine(_said(lambda: _("Further seats")), seats, extra_seats))
    return lines


def _lowered(
    coupon: Coupon | None, cost: int, *, spared: int = 0, named: Coupon | None = None
) -> list[QuoteLine]:
    return _coupon_lines(coupon or named, spared - off(coupon, cost))


def _coupon_lines(coupon: Coupon | None, amount: int) -> list[QuoteLine]:
    """Return the line of a coupon; none where it comes to nothing."""
    if coupon is None or not amount:
        return []
    found = coupon

    def words() -> str:
        if found.percent is not None:
            text = _("Coupon %(code)s: %(percent)s %% off", code=found.code, percent=found.percent)
        else:
            less = format_money(found.amount or 0, found.currency or "")
            text = _("Coupon %(code)s: %(amount)s off", code=found.code, amount=less)
        return str(text)

    return [QuoteLine(_said(words), amount)]


def _name(price: PlanPrice) -> str:
    return price.plan_version.plan.name(current_locale())


def _said(words: Callable[[], str]) -> dict[str, str]:
    """Return a sentence in every language we speak."""
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = str(words())
    return said
