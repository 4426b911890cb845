"""Questions about billing plans: what is offered, what a trial gets, what a version costs."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from control.billing.models import BillingPlan, Interval, PlanPrice, PlanVersion
from kit.db import control_session
from kit.errors import Misconfigured


def offered_versions() -> Sequence[PlanVersion]:
    """Return the newest published version of each offered plan, in the order of the price page."""
    newest = (
        select(PlanVersion.id)
        .where(PlanVersion.plan_id == BillingPlan.id, PlanVersion.published_at.is_not(None))
        .order_by(PlanVersion.number.desc())
        .limit(1)
        .scalar_subquery()
        .correlate(BillingPlan)
    )
    return (
        control_session()
        .scalars(
            select(PlanVersion)
            .join(BillingPlan, BillingPlan.id == PlanVersion.plan_id)
            .where(BillingPlan.is_offered, PlanVersion.id == newest)
            .order_by(BillingPlan.position, BillingPlan.id)
            .options(selectinload(PlanVersion.plan), selectinload(PlanVersion.prices))
        )
        .all()
    )


def trial_version(code: str = "") -> PlanVersion:
    """Return the version that a new workspace begins with: of the plan it chose, else the first.

    Misconfigured when none is offered.
    """
    offered = offered_versions()
    if not offered:
        raise Misconfigured("No billing plan is offered: publish one in the console.")
    return next((one for one in offered if one.plan.code == code), offered[0])


def sold_currencies() -> list[str]:
    """Return the currencies in which anything that is offered has a price."""
    return sorted({price.currency for one in offered_versions() for price in one.prices})


def usual_currency(version: PlanVersion) -> str:
    """Return the currency of a version's first price."""
    return version.prices[0].currency if version.prices else "CNY"


def price_of(version: PlanVersion, currency: str, interval: Interval) -> PlanPrice | None:
    """Return what a version costs in a currency for a month or a year, None if it is not sold."""
    return next(
        (
            price
            for price in version.prices
            if price.currency == currency and price.interval == interval
        ),
        None,
    )


def find_price(public_id: str) -> PlanPrice | None:
    """Return a price by public id, or None."""
    return (
        control_session()
        .scalars(select(PlanPrice).where(PlanPrice.public_id == public_id))
        .one_or_none()
    )


def find_plan_called(code: str) -> BillingPlan | None:
    """Return a plan by its code, or None."""
    return (
        control_session().scalars(select(BillingPlan).where(BillingPlan.code == code)).one_or_none()
    )


def price_sold_as(stripe_price_id: str) -> PlanPrice | None:
    """Return the price that is one of Stripe's, as the plan's or as its seats'; or None."""
    return (
        control_session()
        .scalars(
            select(PlanPrice).where(
                (PlanPrice.stripe_price_id == stripe_price_id)
                | (PlanPrice.stripe_seat_price_id == stripe_price_id)
            )
        )
        .one_or_none()
    )
