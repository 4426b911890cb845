"""Questions about products and rates."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, not_, or_, select
from sqlalchemy.orm import joinedload

from kit.db import session
from tenants.catalogue.models import Product, ProductState, Rate
from tenants.catalogue.rates import Explanation, RateSnapshot, Tariff
from tenants.channels.models import Channel

__all__ = ["Explanation", "RateSnapshot"]


def find_product(public_id: str) -> Product | None:
    """Return a product, deleted ones too; or None."""
    return session().scalars(select(Product).where(Product.public_id == public_id)).one_or_none()


def product_by_code(code: str) -> Product | None:
    """Return the live product with a code, or None."""
    return (
        session()
        .scalars(select(Product).where(Product.code == code, Product.deleted_at.is_(None)))
        .one_or_none()
    )


def product_options() -> list[tuple[str, str]]:
    """Return the live products for a picker, by name."""
    rows = session().execute(
        select(Product.public_id, Product.name, Product.code)
        .where(Product.deleted_at.is_(None))
        .order_by(Product.sort_key, Product.id)
    )
    return [(row.public_id, f"{row.name} · {row.code}") for row in rows.all()]


def listed_products(*, deleted: bool) -> Select[Product]:
    """Return the statement of the list page, or of its recycle bin, which filters narrow."""
    where = Product.deleted_at.is_not(None) if deleted else Product.deleted_at.is_(None)
    return select(Product).where(where)


def matches(text: str) -> ColumnElement[bool]:
    """Return the condition of the search box: a part of the name or the code."""
    return Product.name.icontains(text, autoescape=True) | Product.code.icontains(
        text, autoescape=True
    )


def sellable_products(channel: Channel | None) -> list[Product]:
    """Return what may be sold now by a channel, or (None) by the workspace itself, by name.

    What is blocked for a channel is blocked for all below it.
    """
    statement = select(Product).where(
        Product.state == ProductState.ON_SHELF, Product.deleted_at.is_(None)
    )
    if channel is not None:
        blocked = [Product.blocked_channel_ids.contains([one]) for one in channel.ancestor_ids]
        statement = statement.where(not_(or_(*blocked)))
    return list(session().scalars(statement.order_by(Product.sort_key, Product.id)))


def is_sellable(product: Product, channel: Channel | None) -> bool:
    """Tell whether a product may be sold now by a channel."""
    blocked = set(product.blocked_channel_ids)
    return (
        product.state == ProductState.ON_SHELF
        and product.deleted_at is None
        and (channel is None or not blocked.intersection(channel.ancestor_ids))
    )


def rates_of(product: Product) -> list[Rate]:
    """Return all rates of a product with grade and channel: defaults, grades', channels'."""
    return list(
        session().scalars(
            select(Rate)
            .where(Rate.product_id == product.id)
            .options(joinedload(Rate.grade), joinedload(Rate.channel))
            .order_by(Rate.milestone, Rate.month, Rate.valid_from.desc(), Rate.id)
        )
    )


def explain_rates(product: Product, chain: Sequence[Channel], on: date) -> list[Explanation]:
    """Return, for each milestone, what every level of a chain earns on a day, and why."""
    if not chain:
        return []
    own: list[ColumnElement[bool]] = [Rate.channel_id.in_([channel.id for channel in chain])]
    if chain[0].grade_id is not None:
        own.append(Rate.grade_id == chain[0].grade_id)
    rates = session().scalars(
        select(Rate).where(
            Rate.product_id == product.id,
            Rate.valid_from <= on,
            or_(Rate.valid_to.is_(None), Rate.valid_to >= on),
            or_(Rate.grade_id.is_(None) & Rate.channel_id.is_(None), *own),
        )
    )
    return Tariff.on(rates, on).explain(chain)


def rates_for(product: Product, chain: Sequence[Channel], on: date) -> list[RateSnapshot]:
    """Return what every level of a chain, root first, earns of each milestone on a day."""
    return [one.snapshot for one in explain_rates(product, chain, on)]


def find_rate(public_id: str) -> Rate | None:
    """Return a rate with its product, grade and channel; or None."""
    return (
        session()
        .scalars(
            select(Rate)
            .where(Rate.public_id == public_id)
            .options(joinedload(Rate.product), joinedload(Rate.grade), joinedload(Rate.channel))
        )
        .one_or_none()
    )
