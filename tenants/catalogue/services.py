"""Verbs on products and rates."""

from datetime import date
from typing import Any, TypedDict, Unpack

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, ids
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import format_money
from kit.i18n import gettext as _
from kit.sorting import sort_key
from kit.tenancy import current
from tenants.accounts.dictionary import Carrier
from tenants.catalogue import queries
from tenants.catalogue.models import (
    DeliveryMode,
    MilestoneKind,
    PickingMode,
    Product,
    ProductKind,
    ProductState,
    Rate,
    Timing,
)
from tenants.catalogue.rates import most_paid
from tenants.channels import queries as channel_queries
from tenants.channels.models import Channel, Grade

ADDED = audit.Event.named("product:added", "name", "code")
EDITED = audit.Event.named("product:edited", "changed")
PUT_ON_SHELF = audit.Event.named("product:put_on_shelf")
TAKEN_OFF_SHELF = audit.Event.named("product:taken_off_shelf")
DELETED = audit.Event.named("product:deleted", "name")
RESTORED = audit.Event.named("product:restored", "name")
PURGED = audit.Event.named("product:purged", "name", "code")
RATE_SET = audit.Event.named(
    "product:rate_set", "milestone", "month", "scope", "before", "amount", "timing", "valid_from"
)
RATE_REMOVED = audit.Event.named(
    "product:rate_removed", "milestone", "month", "scope", "amount", "valid_from"
)

# Days in which carriers refuse a repeat, unless the product says otherwise.
REPEAT_DAYS = {Carrier.TELECOM: 30, Carrier.UNICOM: 15, Carrier.MOBILE: 90}
REPEAT_BY = ("document", "phone", "address")


class ProductContent(TypedDict, total=False):
    """What a product consists of besides its name: plan, price, delivery, rules, agreement."""

    monthly_amount: int
    data_mb: int
    targeted_data_mb: int
    voice_minutes: int
    sms_count: int
    contract_months: int
    promotion_months: int
    after_promotion: str
    first_topup_amount: int
    activation_note: str
    description: str
    agreement: str
    retail_amount: int
    carrier_amount: int
    delivery_modes: list[str]
    picking: str
    photos: list[str]
    age_min: int
    age_max: int
    regions_allowed: list[str]
    regions_barred: list[str]
    address_keywords_barred: list[str]
    repeat_days: int
    repeat_by: list[str]
    max_per_person: int
    blocked_channel_ids: list[int]


def lock(product: Product) -> Product:
    """Return a product's newest row, locked for this transaction."""
    with transaction() as work:
        return work.scalars(
            select(Product)
            .where(Product.id == product.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()


def _usual(carrier: str) -> dict[str, Any]:
    return {
        "delivery_modes": [DeliveryMode.COURIER.value],
        "picking": PickingMode.ANY.value,
        "photos": [],
        "age_min": 16,
        "age_max": 65,
        "regions_allowed": [],
        "regions_barred": [],
        "address_keywords_barred": [],
        "repeat_days": REPEAT_DAYS.get(Carrier(carrier), 0),
        "repeat_by": list(REPEAT_BY),
        "blocked_channel_ids": [],
    }


def _refuse_senseless(content: dict[str, Any]) -> None:
    if content["age_min"] > content["age_max"]:
        raise Refused(_("The lowest age is above the highest."), field="age_max")
    if any(content.get(name, 0) < 0 for name in ("retail_amount", "monthly_amount")):
        raise Refused(_("An amount cannot be negative."), field="retail_amount")
    unknown = set(content["repeat_by"]) - set(REPEAT_BY)
    unknown |= set(content["delivery_modes"]) - {mode.value for mode in DeliveryMode}
    if unknown:
        raise Refused(_("This choice does not exist any more."))


def _refuse_taken(code: str, *, besides: Product | None = None) -> None:
    statement = select(Product.id).where(func.lower(Product.code) == code.lower())
    if besides is not None:
        statement = statement.where(Product.id != besides.id)
    if session().execute(statement).first() is not None:
        raise Refused(_("A product with this code exists already."), field="code")


def _save(product: Product) -> None:
    try:
        with session().begin_nested():
            session().add(product)
            session().flush()
    except IntegrityError:
        raise Refused(_("A product with this code exists already."), field="code") from None


def add_product(
    *,
    name: str,
    carrier: str,
    kind: str,
    code: str = "",
    by: audit.Actor,
    **content: Unpack[ProductContent],
) -> Product:
    """Add a product as a draft; without a code it gets one from its number.

    Refuses a code that is taken and ages in the wrong order.
    """
    with transaction() as work:
        values = _usual(carrier) | dict(content)
        _refuse_senseless(values)
        if code:
            _refuse_taken(code)
        product = Product(
            name=name,
            sort_key=sort_key(name),
            carrier=Carrier(carrier),
            kind=ProductKind(kind),
            code=code or ids.new(),
            state=ProductState.DRAFT,
            **values,
        )
        _save(product)
        if not code:
            product.code = f"P{product.id:04}"
            _refuse_taken(product.code, besides=product)
        audit.record(ADDED, product, by=by, name=name, code=product.code)
        work.flush()
        return product


def edit_product(
    product: Product,
    *,
    version: int | None,
    name: str,
    carrier: str,
    kind: str,
    code: str,
    by: audit.Actor,
    **content: Unpack[ProductContent],
) -> Product:
    """Change a product; what the content leaves out stays. Orders keep their own snapshot.

    Refuses a stale version, a deleted product, a code that is taken, and rates that would add up
    to more than the carrier pays.
    """
    with transaction():
        product = lock(product)
        _refuse_deleted(product)
        refuse_stale(product, version)
        code = code or product.code
        _refuse_taken(code, besides=product)
        new: dict[str, Any] = {
            "name": name,
            "carrier": Carrier(carrier).value,
            "kind": ProductKind(kind).value,
            "code": code,
            **content,
        }
        _refuse_senseless({key: getattr(product, key) for key in _usual(carrier)} | new)
        changed = [key for key, value in new.items() if getattr(product, key) != value]
        for key in changed:
            setattr(product, key, new[key])
        product.sort_key = sort_key(name)
        product.version += 1
        _save(product)
        if "carrier_amount" in changed:
            _refuse_overpaid(product)
        audit.record(EDITED, product, by=by, changed=changed)
        return product


def _refuse_deleted(product: Product) -> None:
    if product.deleted_at is not None:
        raise Refused(_("The product %(name)s has been deleted.", name=product.name))


def put_on_shelf(product: Product, *, by: audit.Actor) -> Product:
    """Let channels sell a product; refuses a deleted one and one that cannot be delivered."""
    with transaction():
        product = lock(product)
        _refuse_deleted(product)
        if product.state == ProductState.ON_SHELF:
            raise Refused(_("%(name)s is on the shelf already.", name=product.name))
        if not product.delivery_modes:
            raise Refused(_("Choose at least one way of delivery first."))
        product.state = ProductState.ON_SHELF
        product.version += 1
        audit.record(PUT_ON_SHELF, product, by=by)
        return product


def take_off_shelf(product: Product, *, by: audit.Actor) -> Product:
    """Stop new orders of a product; refuses one that is not on the shelf."""
    with transaction():
        product = lock(product)
        if product.state != ProductState.ON_SHELF:
            raise Refused(_("%(name)s is not on the shelf.", name=product.name))
        product.state = ProductState.OFF_SHELF
        product.version += 1
        audit.record(TAKEN_OFF_SHELF, product, by=by)
        return product


def delete_product(product: Product, *, by: audit.Actor) -> None:
    """Put a product into the recycle bin; refuses one that is on the shelf. Twice is once."""
    with transaction():
        product = lock(product)
        if product.deleted_at is not None:
            return
        if product.state == ProductState.ON_SHELF:
            raise Refused(_("Take %(name)s off the shelf first.", name=product.name))
        product.deleted_at = clock.now()
        product.version += 1
        audit.record(DELETED, product, by=by, name=product.name)


def restore_product(product: Product, *, by: audit.Actor) -> None:
    """Take a product out of the recycle bin; it stays off the shelf. Twice is once."""
    with transaction():
        product = lock(product)
        if product.deleted_at is None:
            return
        product.deleted_at = None
        product.version += 1
        audit.record(RESTORED, product, by=by, name=product.name)


def purge_product(product: Product, *, by: audit.Actor) -> None:
    """Destroy a product with its rates; the database refuses (IntegrityError) once one is sold."""
    with transaction() as work:
        product = lock(product)
        work.execute(delete(Rate).where(Rate.product_id == product.id))
        audit.record(PURGED, product, by=by, name=product.name, code=product.code)
        work.delete(product)


def _scope(grade: Grade | None, channel: Channel | None) -> str:
    if grade is not None:
        return grade.name
    return f"{channel.name} {channel.number}" if channel is not None else ""


def set_rate(
    product: Product,
    *,
    milestone: str,
    month: int = 0,
    amount: int,
    timing: str,
    grade: Grade | None = None,
    channel: Channel | None = None,
    valid_from: date,
    valid_to: date | None = None,
    by: audit.Actor,
) -> Rate:
    """Set what a milestone earns: by default, for a grade, or for a channel.

    A rate of the same scope and first day is replaced. Refuses grade and channel together, a
    month where none belongs, days in the wrong order, a negative amount, and rates that add up
    to more than the carrier pays, where that is known.
    """
    if grade is not None and channel is not None:
        raise Refused(_("A rate is for a grade or for a channel, not both."), field="channel")
    if (milestone == MilestoneKind.ON_NETWORK) != (month > 0):
        raise Refused(_("Only “on the network” has a month, and it counts from 1."), field="month")
    if amount < 0:
        raise Refused(_("An amount cannot be negative."), field="amount")
    if valid_to is not None and valid_to < valid_from:
        raise Refused(_("The last day is before the first."), field="valid_to")
    with transaction() as work:
        product = lock(product)
        _refuse_deleted(product)
        key = {
            "milestone": MilestoneKind(milestone).value,
            "month": month,
            "grade_id": grade.id if grade else None,
            "channel_id": channel.id if channel else None,
            "valid_from": valid_from,
        }
        rate = work.scalars(
            select(Rate)
            .filter_by(product_id=product.id, **key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        before = None if rate is None else rate.amount
        if rate is None:
            rate = Rate(product_id=product.id, **key)
            work.add(rate)
        else:
            rate.version += 1
        rate.amount = amount
        rate.timing = Timing(timing)
        rate.valid_to = valid_to
        work.flush()
        _refuse_overpaid(product)
        audit.record(
            RATE_SET,
            product,
            by=by,
            milestone=milestone,
            month=month,
            scope=_scope(grade, channel),
            before=before,
            amount=amount,
            timing=timing,
            valid_from=valid_from.isoformat(),
        )
        return rate


def _refuse_overpaid(product: Product) -> None:
    """Keep an item's commission within what the carrier pays for it, where that is known."""
    if product.carrier_amount == 0:
        return
    rates = queries.rates_of(product)
    roots = {
        rate.channel.id: rate.channel.grade_id
        for rate in rates
        if rate.channel is not None and rate.channel.parent_id is None
    }
    most = most_paid(rates, roots) if rates else 0
    if most > product.carrier_amount:
        currency = current().currency
        raise Refused(
            _(
                "All rates together would pay %(most)s for an item; the carrier pays %(carrier)s.",
                most=format_money(most, currency),
                carrier=format_money(product.carrier_amount, currency),
            ),
            field="amount",
        )


def remove_rate(rate: Rate, *, by: audit.Actor) -> None:
    """Take a rate away; what is valid without it applies from now on. Twice is once."""
    with transaction() as work:
        product = lock(rate.product)
        found = work.scalars(select(Rate).where(Rate.id == rate.id).with_for_update()).one_or_none()
        if found is None:
            return
        audit.record(
            RATE_REMOVED,
            product,
            by=by,
            milestone=found.milestone,
            month=found.month,
            scope=_scope(found.grade, found.channel),
            amount=found.amount,
            valid_from=found.valid_from.isoformat(),
        )
        work.delete(found)
        work.flush()
        _refuse_overpaid(product)


def set_child_share(
    product: Product,
    child: Channel,
    *,
    milestone: str,
    month: int,
    amount: int,
    by: audit.Actor,
) -> Rate:
    """Set what a parent gives a child of a milestone, from today on.

    Refuses a channel without a parent, a milestone the parent earns nothing of, and more than
    the parent's own effective rate.
    """
    with transaction():
        product = lock(product)
        above = channel_queries.chain(child)[:-1]
        if not above:
            raise Refused(_("A channel at the top has no parent that could share with it."))
        snapshots = queries.rates_for(product, above, clock.today())
        found = [one for one in snapshots if (one.milestone, one.month) == (milestone, month)]
        if not found:
            raise Refused(_("You earn nothing of this milestone, so there is nothing to share."))
        most = found[0].amounts[-1]
        if amount > most:
            raise Refused(
                _(
                    "You can give at most what you get yourself: %(most)s.",
                    most=format_money(most, current().currency),
                ),
                field="amount",
            )
        return set_rate(
            product,
            milestone=milestone,
            month=month,
            amount=amount,
            timing=found[0].timing,
            channel=child,
            valid_from=clock.today(),
            by=by,
        )
