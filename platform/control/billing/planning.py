"""Make what is sold: billing plans, and drafts of their versions until they are published."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from control.billing.features import Feature
from control.billing.limits import Counted, Limit, read_limits, write_limits
from control.billing.models import BillingPlan, Interval, PlanPrice, PlanVersion
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_row, refuse_stale
from kit.errors import Refused
from kit.i18n import gettext as _

PLAN_ADDED = audit.Event.named("billing:plan_added", "plan")
PLAN_EDITED = audit.Event.named("billing:plan_edited", "plan", "before", "after")
DRAFTED = audit.Event.named("billing:version_drafted", "plan", "number")
EDITED = audit.Event.named("billing:version_edited", "plan", "number", "before", "after")
PUBLISHED = audit.Event.named("billing:version_published", "plan", "number", "after")
DISCARDED = audit.Event.named("billing:version_discarded", "plan", "number", "before")

CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY")
"""What prices can be given in; Stripe counts these in the same minor units as we do."""
USUAL_TRIAL = 30
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,29}")


@dataclass(frozen=True, slots=True)
class PlanNames:
    """How a plan is called and where it stands on the price page."""

    name_zh: str
    name_en: str
    summary_zh: str = ""
    summary_en: str = ""
    position: int = 0
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """What a version costs in a currency for a month or a year, in minor units."""

    currency: str
    interval: Interval
    amount: int
    seat_amount: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a version contains; the first price is the one people usually see."""

    trial_days: int
    limits: Mapping[Counted, Limit]
    features: Sequence[str]
    prices: Sequence[Price]


def add_plan(code: str, names: PlanNames, *, by: audit.Actor) -> BillingPlan:
    """Make a plan with an empty draft of its first version; nobody sees it until that is out."""
    code = code.strip().lower()
    if not _CODE.fullmatch(code):
        raise Refused(
            _("A code is 2 to 30 small letters, digits, “-” or “_”, such as team."), field="code"
        )
    with control_transaction() as control:
        if control.scalar(select(BillingPlan.id).where(BillingPlan.code == code)):
            raise Refused(_("There is a plan with this code already."), field="code")
        plan = BillingPlan(code=code, **_values(names))
        control.add(plan)
        control.flush()
        control.add(_draft(plan, 1, Content(USUAL_TRIAL, {}, (), ())))
        audit.record_control(PLAN_ADDED, plan, by=by, plan=code)
        return plan


def edit_plan(plan: BillingPlan, names: PlanNames, *, version: int | None, by: audit.Actor) -> None:
    """Change how a plan is called, its place, and whether it is offered.

    Refused when nothing would be left for who signs up.
    """
    with control_transaction() as control:
        plan = lock_row(plan)
        refuse_stale(plan, version)
        wanted = _values(names)
        before = {name: getattr(plan, name) for name in wanted}
        changed = [name for name, value in wanted.items() if before[name] != value]
        if not changed:
            return
        for name in changed:
            setattr(plan, name, wanted[name])
        plan.version += 1
        control.flush()
        if "is_offered" in changed and not plan.is_offered:
            _refuse_nothing_offered()
        audit.record_control(
            PLAN_EDITED,
            plan,
            by=by,
            plan=plan.code,
            before={name: before[name] for name in changed},
            after={name: wanted[name] for name in changed},
        )


def draft_version(plan: BillingPlan, *, by: audit.Actor) -> PlanVersion:
    """Begin the next version of a plan as a copy of its newest; Refused while there is a draft."""
    with control_transaction() as control:
        plan = lock_row(plan)
        newest = _newest(plan)
        if newest is not None and newest.published_at is None:
            raise Refused(_("There is a draft already: change that one, or discard it."))
        number = newest.number + 1 if newest is not None else 1
        content = content_of(newest) if newest else Content(USUAL_TRIAL, {}, (), ())
        version = _draft(plan, number, content)
        control.add(version)
        control.flush()
        _put_prices(version, content.prices)
        audit.record_control(DRAFTED, plan, by=by, plan=plan.code, number=number)
        return version


def edit_draft(
    draft: PlanVersion, content: Content, *, version: int | None, by: audit.Actor
) -> None:
    """Put other content into a draft; Refused names the field that makes no sense.

    `version` is that of the plan: its drafts have none of their own.
    """
    with control_transaction():
        plan = lock_row(draft.plan)
        draft = lock_row(draft)
        refuse_published(draft)
        refuse_stale(plan, version)
        _refuse_content(content)
        before, after = content_noted(content_of(draft)), content_noted(content)
        if before == after:
            return
        draft.trial_days = content.trial_days
        draft.limits = write_limits(content.limits)
        draft.features = list(content.features)
        _put_prices(draft, content.prices)
        plan.version += 1
        audit.record_control(
            EDITED, plan, by=by, plan=plan.code, number=draft.number, before=before, after=after
        )


def publish(draft: PlanVersion, *, by: audit.Actor) -> None:
    """Sell a draft from now on: it never changes again, and what was bought before stays bought."""
    with control_transaction():
        plan = lock_row(draft.plan)
        draft = lock_row(draft)
        refuse_published(draft)
        content = content_of(draft)
        if not content.prices:
            raise Refused(_("Nobody could buy it: give it a price first."))
        _refuse_content(content)
        draft.published_at = clock.now()
        plan.version += 1
        audit.record_control(
            PUBLISHED,
            plan,
            by=by,
            plan=plan.code,
            number=draft.number,
            after=content_noted(content),
        )


def discard(draft: PlanVersion, *, by: audit.Actor) -> None:
    """Throw a draft away; what is published stays as it is."""
    with control_transaction() as control:
        plan = lock_row(draft.plan)
        draft = lock_row(draft)
        refuse_published(draft)
        before = content_noted(content_of(draft))
        control.execute(delete(PlanPrice).where(PlanPrice.plan_version_id == draft.id))
        control.execute(delete(PlanVersion).where(PlanVersion.id == draft.id))
        control.expire(plan)
        audit.record_control(
            DISCARDED, plan, by=by, plan=plan.code, number=draft.number, before=before
        )


def content_of(version: PlanVersion) -> Content:
    """Return what a version contains."""
    prices = control_session().scalars(
        select(PlanPrice).where(PlanPrice.plan_version_id == version.id).order_by(PlanPrice.id)
    )
    return Content(
        version.trial_days,
        read_limits(version.limits),
        tuple(version.features),
        tuple(
            Price(one.currency, Interval(one.interval), one.amount, one.seat_amount)
            for one in prices
        ),
    )


def content_noted(content: Content) -> dict[str, Any]:
    """Return what a version contains as the log keeps it; who reads it gives it words."""
    return {
        "trial_days": content.trial_days,
        "prices": [
            {
                "amount": price.amount,
                "currency": price.currency,
                "interval": price.interval.value,
                "seat_amount": price.seat_amount,
            }
            for price in content.prices
        ],
        "limits": write_limits(content.limits),
        "features": list(content.features),
    }


def refuse_published(version: PlanVersion) -> None:
    """Refuse to touch a version that workspaces may have bought."""
    if version.published_at is not None:
        raise Refused(_("This version is published and stays as it is. Begin a new one."))


def _values(names: PlanNames) -> dict[str, str | int | bool]:
    return {
        "name_zh": names.name_zh,
        "name_en": names.name_en,
        "summary_zh": names.summary_zh,
        "summary_en": names.summary_en,
        "position": names.position,
        "is_offered": names.is_offered,
    }


def _draft(plan: BillingPlan, number: int, content: Content) -> PlanVersion:
    return PlanVersion(
        plan_id=plan.id,
        number=number,
        trial_days=content.trial_days,
        limits=write_limits(content.limits),
        features=list(content.features),
    )


def _newest(plan: BillingPlan) -> PlanVersion | None:
    return (
        control_session()
        .scalars(
            select(PlanVersion)
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
            .limit(1)
        )
        .one_or_none()
    )


def _put_prices(version: PlanVersion, prices: Sequence[Price]) -> None:
    """Replace the prices of a draft: nothing refers to them before it is published."""
    control = control_session()
    control.execute(delete(PlanPrice).where(PlanPrice.plan_version_id == version.id))
    for price in prices:
        # One by one: their order is that of their ids.
        control.add(
            PlanPrice(
                plan_version_id=version.id,
                currency=price.currency,
                interval=price.interval,
                amount=price.amount,
                seat_amount=price.seat_amount,
            )
        )
        control.flush()
    control.expire(version, ["prices"])


def _refuse_nothing_offered() -> None:
    left = control_session().scalar(
        select(func.count())
        .select_from(BillingPlan)
        .where(
            BillingPlan.is_offered,
            select(PlanVersion.id)
            .where(PlanVersion.plan_id == BillingPlan.id, PlanVersion.published_at.is_not(None))
            .exists(),
        )
    )
    if not left:
        raise Refused(
            _("Offer another plan first: without any nobody can sign up."), field="is_offered"
        )


def _refuse_content(content: Content) -> None:
    """Refuse prices given twice, amounts nobody pays in, and features that do not exist."""
    seen: set[tuple[str, Interval]] = set()
    for place, price in enumerate(content.prices):
        if price.currency not in CURRENCIES:
            raise Refused(_("Choose a currency."), field=f"prices-{place}-currency")
        if (price.currency, price.interval) in seen:
            raise Refused(
                _("There is a price for this currency and time already."),
                field=f"prices-{place}-currency",
            )
        if price.amount < 0 or (price.seat_amount or 0) < 0:
            raise Refused(_("A price is not below zero."), field=f"prices-{place}-amount")
        seen.add((price.currency, price.interval))
    if unknown := set(content.features) - {feature.value for feature in Feature}:
        raise Refused(
            _("There is no feature %(name)s.", name=", ".join(sorted(unknown))), field="features"
        )
