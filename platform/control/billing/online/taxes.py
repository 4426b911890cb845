"""Tax rates: what per cent of a price in a currency is tax, set by operators, kept at Stripe.

Prices include tax, so a rate changes no amount: it says on the invoice how much of it is tax.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from sqlalchemy import select

from control.billing.models import Provider, Subscription
from control.billing.planning import CURRENCIES
from control.billing.settings import find_setting, locked_setting
from control.billing.standing import LIVE
from kit import audit, jobs, personal
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.payments import Declined, calling_stripe, has_stripe, stripe_client

_log = structlog.get_logger("control.billing")
CODE = "tax"
CHANGED = audit.Event.named("billing:tax_rate", "currency", "before", "after")
MOST = 5_000
"""Basis points that a rate may have."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate as operators set it: basis points of the amount before tax, and what it is called."""

    points: int
    name: str
    stripe_id: str = ""

    @property
    def percent(self) -> str:
        """The rate as people read it."""
        return f"{self.points / 100:g}"

    def tax_in(self, total: int) -> int:
        """Return how much of an amount that includes it is tax, in minor units, half up."""
        whole = 10_000 + self.points
        return (2 * total * self.points + whole) // (2 * whole)


def rates_now() -> dict[str, TaxRate]:
    """Return the rates in force by currency; a currency without one is sold without tax."""
    stored = find_setting(CODE)
    return {
        currency: TaxRate(**values) for currency, values in (stored.value if stored else {}).items()
    }


def set_rate(currency: str, *, points: int | None, name: str, by: audit.Actor) -> None:
    """Put a rate in force for what is sold in a currency, or none; running plans follow."""
    if currency not in CURRENCIES:
        raise Refused(_("Choose a currency."), field="currency")
    name = personal.plain(name)
    if points is not None and not 0 < points <= MOST:
        raise Refused(_("A rate is above 0 and at most 50 %."), field="points")
    if points is not None and not 2 <= len(name) <= 50:
        raise Refused(_("Enter what the tax is called, such as VAT."), field="name")
    with control_transaction():
        stored = locked_setting(CODE)
        before = stored.value.get(currency)
        after = asdict(TaxRate(points, name)) if points is not None else None
        if _said(before) == _said(after):
            return
        rest = {key: value for key, value in stored.value.items() if key != currency}
        stored.value = rest | ({currency: after} if after else {})
        stored.version += 1
        audit.record_control(
            CHANGED, stored, by=by, currency=currency, before=_said(before), after=_said(after)
        )
        if has_stripe():
            jobs.enqueue_control(apply_rate, currency=currency)


def ensure_rate(currency: str) -> str | None:
    """Return Stripe's id of the rate in force for a currency, made there on the first need.

    No transaction may be open.
    """
    rate = rates_now().get(currency)
    if rate is None:
        return None
    if rate.stripe_id:
        return rate.stripe_id
    params: Any = {
        "display_name": rate.name,
        "percentage": rate.points / 100,
        "inclusive": True,
        "metadata": {"currency": currency},
    }
    stored = find_setting(CODE)
    assert stored is not None
    key = f"tax-rate-{stored.public_id}-{stored.version}-{currency}"
    control_session().rollback()
    with calling_stripe():
        made = stripe_client().v1.tax_rates.create(params, {"idempotency_key": key}).id
    with control_transaction():
        stored = lock_row(stored)
        now = stored.value.get(currency)
        # Somebody may have set another one meanwhile: that one is made by its own job.
        if now is not None and _said(now) == _said(asdict(rate)):
            stored.value = stored.value | {currency: now | {"stripe_id": made}}
    return made


@job(
    "billing.apply_rate",
    title=_l("Tell Stripe of a tax rate"),
    queue="bulk",
    stepped=True,
    timeout=1_800,
)
def apply_rate(run: JobRun, *, currency: str) -> None:
    """Give the plans that run in a currency the rate in force, from their next invoice on.

    Begun again, it goes on where no answer came; what Stripe refuses holds up no other plan.
    """
    if run.is_done("told"):
        return
    rate = ensure_rate(currency)
    # What is cleared is an empty text to Stripe.
    wanted: Any = [rate] if rate else ""
    running = (
        control_session()
        .scalars(
            select(Subscription.stripe_id).where(
                Subscription.provider == Provider.STRIPE,
                Subscription.currency == currency,
                Subscription.state.in_([state.value for state in LIVE]),
                Subscription.stripe_id.is_not(None),
            )
        )
        .all()
    )
    control_session().rollback()
    for stripe_id in running:
        step = f"told {stripe_id} {rate}"
        if run.is_done(step):
            continue
        control_session().rollback()
        try:
            with calling_stripe():
                stripe_client().v1.subscriptions.update(
                    stripe_id or "", {"default_tax_rates": wanted, "proration_behavior": "none"}
                )
        except Declined as refusal:
            # Ended meanwhile, say: the mirror hears of that by itself.
            _log.warning("tax.not_told", subscription=stripe_id, code=refusal.code)
        run.mark(step)
    run.mark("told")


def _said(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an operator said of a rate, without Stripe's id."""
    return {name: values[name] for name in ("points", "name")} if values else {}
