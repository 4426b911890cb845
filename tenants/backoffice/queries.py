"""What the home page shows: counts, days and how far the setting-up has come, in few statements."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, Select, cast, exists, func, literal, select, union_all

from kit import clock, i18n
from kit.db import session
from tenants.accounts.models import Profile, User
from tenants.accounts.scopes import Reach
from tenants.approvals.models import Approval
from tenants.approvals.queries import waits_for
from tenants.catalogue.models import Product, Rate
from tenants.channels import queries as channels
from tenants.channels.models import Channel
from tenants.customers import queries as customers
from tenants.customers.models import Customer
from tenants.numbers import queries as numbers
from tenants.numbers.models import CardState, Number, NumberState, SimCard
from tenants.orders import queries as orders
from tenants.orders.models import Order
from tenants.settlement.models import CommissionLine, LineState

COUNTED = 10_000
TREND_DAYS = 30
# The same day of last month is at most so far away.
_MONTH = 31


@dataclass(frozen=True, slots=True)
class Daily:
    """How many there were on each day, of the last thirty and of the same day last month."""

    of_day: Mapping[date, int]
    day: date

    @property
    def today(self) -> int:
        """How many there are today so far."""
        return self.on(self.day)

    @property
    def yesterday(self) -> int:
        """How many there were the day before."""
        return self.on(self.day - timedelta(days=1))

    @property
    def month_ago(self) -> int:
        """How many there were on the same day of last month."""
        return self.on(month_before(self.day))

    def on(self, day: date) -> int:
        """Return how many there were on a day."""
        return self.of_day.get(day, 0)


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


def month_before(day: date) -> date:
    """Return the same day of the month before, or that month's last day where it is shorter."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, monthrange(last.year, last.month)[1]))


def last_days(day: date) -> list[date]:
    """Return the days of the trend, the oldest first."""
    return [day - timedelta(days=ago) for ago in range(TREND_DAYS - 1, -1, -1)]


def start_of_day(days_ago: int = 0) -> datetime:
    """Return the instant at which a day began in the workspace."""
    zone = i18n.timezone()
    day = clock.now().astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def daily(
    *, order_reach: Reach | None = None, customer_reach: Reach | None = None
) -> dict[str, Daily]:
    """Return `orders` placed and `customers` added day by day within reach, in one statement.

    What nobody asks for is left out.
    """
    since = start_of_day(_MONTH)
    asked: list[Select[Any]] = []
    names = []
    if order_reach is not None:
        names.append("orders")
        placed = _days("orders", Order.placed_at).where(
            Order.placed_at >= since, orders.reached(order_reach)
        )
        asked.append(placed.group_by("day"))
    if customer_reach is not None:
        names.append("customers")
        added = _days("customers", Customer.created_at).where(
            Customer.deleted_at.is_(None),
            Customer.created_at >= since,
            customers.reached(customer_reach),
        )
        asked.append(added.group_by("day"))
    found: dict[str, dict[date, int]] = {name: {} for name in names}
    if asked:
        for name, day, count in session().execute(union_all(*asked)):
            found[name][day] = count
    return {name: Daily(of_day, clock.today()) for name, of_day in found.items()}


def _days(name: str, instant: Any) -> Any:
    local = func.timezone(i18n.timezone_name(), instant)
    return select(literal(name), cast(local, Date).label("day"), func.count())


def count(questions: Mapping[str, Select[Any]]) -> dict[str, int]:
    """Return how many rows each statement finds, at most 10,001, all in one statement."""
    if not questions:
        return {}
    asked = [
        select(func.count())
        .select_from(ids.limit(COUNTED + 1).subquery())
        .scalar_subquery()
        .label(name)
        for name, ids in questions.items()
    ]
    return dict(session().execute(select(*asked)).one()._mapping)  # noqa: SLF001 - SQLAlchemy's own way


def all_customers(reach: Reach) -> Select[Any]:
    """Return the statement of the live customers within reach."""
    return select(Customer.id).where(Customer.deleted_at.is_(None), customers.reached(reach))


def available_numbers(reach: Reach) -> Select[Any]:
    """Return the statement of the numbers within reach that can be sold."""
    within = numbers.reached(reach, Number)
    return select(Number.id).where(Number.state == NumberState.AVAILABLE, within)


def cards_in_stock(reach: Reach) -> Select[Any]:
    """Return the statement of the SIM cards within reach that lie in stock."""
    within = numbers.reached(reach, SimCard)
    return select(SimCard.id).where(SimCard.state == CardState.IN_STOCK, within)


def approvals_waiting(user: User) -> Select[Any]:
    """Return the statement of the approvals that wait for a person."""
    return select(Approval.id).where(waits_for(user))


def orders_of(user: User) -> Select[Any]:
    """Return the statement of the open orders in a person's hands."""
    open_states = ("assigned", "processing", "on_hold")
    return select(Order.id).where(Order.handler_id == user.id, Order.state.in_(open_states))


def orders_in(reach: Reach, *states: str) -> Select[Any]:
    """Return the statement of the orders within reach, those in some states if any are named."""
    found = select(Order.id).where(orders.reached(reach))
    return found.where(Order.state.in_(states)) if states else found


def lines_to_settle(reach: Reach, *, due: bool = False) -> Select[Any]:
    """Return the statement of the commission that waits for a run; `due` leaves out what is not."""
    found = select(CommissionLine.id).where(CommissionLine.state == LineState.PENDING)
    if due:
        found = found.where(CommissionLine.due_on <= clock.today())
    if not reach.is_everything:
        found = found.where(CommissionLine.channel_id.in_(channels.reached_ids(reach)))
    return found


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
