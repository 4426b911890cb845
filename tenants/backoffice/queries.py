"""What the home page shows: figures of today, and how far the setting-up has come."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Select, exists, func, select

from kit import clock, i18n
from kit.db import session
from tenants.accounts.models import Profile, User
from tenants.accounts.scopes import Reach
from tenants.catalogue.models import Product, Rate
from tenants.channels.models import Channel
from tenants.customers import queries as customers
from tenants.numbers.models import Number, NumberState
from tenants.orders import queries as orders
from tenants.orders.models import Order

COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A count today, the day before, and in all (at most 10,001)."""

    today: int
    yesterday: int
    total: int


@dataclass(frozen=True, slots=True)
class SetUp:
    """Which steps of setting up a workspace have been done."""

    profile: bool
    channel: bool
    product: bool
    number: bool
    order: bool

    @property
    def is_done(self) -> bool:
        """Whether all of them are."""
        return all((self.profile, self.channel, self.product, self.number, self.order))


def start_of_day(days_ago: int = 0) -> datetime:
    """Return the instant at which a day began in the workspace."""
    zone = i18n.timezone()
    day = clock.now().astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def customer_figure(reach: Reach) -> Figure:
    """Return how many customers within reach were added."""
    since = customers.count_customers(reach, start_of_day(1))
    today = customers.count_customers(reach, start_of_day())
    return Figure(today, since - today, customers.count_customers(reach))


def order_figure(reach: Reach) -> Figure:
    """Return how many orders within reach were placed."""
    placed = select(Order.id).where(orders.reached(reach))
    today = _capped(placed.where(Order.placed_at >= start_of_day()))
    since = _capped(placed.where(Order.placed_at >= start_of_day(1)))
    return Figure(today, since - today, _capped(placed))


def available_numbers() -> int:
    """Return how many numbers can be sold; stops at 10,001."""
    return _capped(select(Number.id).where(Number.state == NumberState.AVAILABLE))


def orders_of(user: User) -> int:
    """Return how many open orders are in a person's hands; stops at 10,001."""
    open_states = ("assigned", "processing", "on_hold")
    return _capped(
        select(Order.id).where(Order.handler_id == user.id, Order.state.in_(open_states))
    )


def orders_in(reach: Reach, *states: str) -> int:
    """Return how many orders within reach stand in these states; stops at 10,001."""
    return _capped(select(Order.id).where(Order.state.in_(states), orders.reached(reach)))


def _capped(ids: Select[int]) -> int:
    counted = select(func.count()).select_from(ids.limit(COUNTED + 1).subquery())
    return session().scalar(counted) or 0


def set_up() -> SetUp:
    """Return how far the setting-up has come, in one statement."""
    row = (
        session()
        .execute(
            select(
                select(Profile.is_complete).limit(1).scalar_subquery(),
                exists(select(Channel.id).where(Channel.deleted_at.is_(None))),
                exists(
                    select(Rate.id)
                    .join(Product, Product.id == Rate.product_id)
                    .where(Product.deleted_at.is_(None))
                ),
                exists(select(Number.id)),
                exists(select(Order.id)),
            )
        )
        .one()
    )
    return SetUp(*(bool(one) for one in row))
