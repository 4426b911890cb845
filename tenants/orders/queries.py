"""Questions about orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload

from kit import clock
from kit.db import holds, session
from kit.i18n import timezone
from kit.personal import plain
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach, of_people, shared
from tenants.channels import queries as channels
from tenants.channels.models import Channel, ChannelUser
from tenants.customers.models import Customer
from tenants.orders.headline import Headline, headline
from tenants.orders.models import Order, OrderEvent, OrderItem
from tenants.orders.states import Axis, OrderState, allows

OPEN = (
    OrderState.NEW,
    OrderState.AUDITED,
    OrderState.ASSIGNED,
    OrderState.PROCESSING,
    OrderState.SHIPPED,
    OrderState.ON_HOLD,
)


def orders() -> Select[Order]:
    """Return the statement of all orders with what a list shows of them."""
    return select(Order).options(
        selectinload(Order.items),
        # Joined, for a list may ask few statements; names only, for it shows no more of them.
        joinedload(Order.customer).load_only(Customer.public_id, Customer.name),
        joinedload(Order.channel).load_only(Channel.public_id, Channel.name),
        joinedload(Order.handler).load_only(User.public_id, User.name),
    )


def reached(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that an order is reached.

    By channel, handler, who placed it, or because it is shared.
    """
    if reach.is_everything:
        return true()
    return or_(
        Order.channel_id.in_(channels.reached_ids(reach)),
        of_people(reach, Order.handler_id),
        Order.placed_by_id == reach.person.public_id if reach.has_own else false(),
        shared(reach, "order", Order.id),
    )


def orders_of(viewer: ChannelUser) -> Select[Order]:
    """Return the statement of the orders that a person of a channel may see."""
    statement = orders().where(Order.chain_path.startswith(viewer.channel.path, autoescape=True))
    if not viewer.is_owner:
        statement = statement.where(Order.placed_by_id == viewer.public_id)
    return statement


def matching(statement: Select[Order], typed: str) -> Select[Order]:
    """Narrow to orders whose number, customer's name, phone, number or card was typed."""
    text = plain(typed)
    digits = "".join(character for character in text if character.isdigit())
    # Each way has an index of its own. One condition of all of them would read every order.
    ways = [select(Order.id).where(Order.number == digits)] if digits else []
    if len(digits) >= 11:
        items = select(OrderItem.order_id)
        ways += [items.where(OrderItem.msisdn == digits), items.where(OrderItem.iccid == digits)]
    if len(digits) == 11:
        looked_up = Order.recipient_phone.lookups(digits)
        ways.append(select(Order.id).where(Order.recipient_phone_index.in_(looked_up)))
    if len(digits) == 4:
        ways.append(select(Order.id).where(Order.recipient_phone_tail == digits))
    if not digits or len(digits) != len(text):
        named = select(Customer.id).where(holds(Customer.name, text))
        ways.append(select(Order.id).where(Order.customer_id.in_(named)))
        ways.append(select(Order.id).where(holds(Order.recipient_name, text)))
    # As an array they are found first, by a plan of their own. With IN the planner would weigh each
    # of them against every table that the list joins, for longer than finding them takes.
    found: Any = func.array(union_all(*ways).scalar_subquery(), type_=ARRAY(BigInteger))
    return statement.where(Order.id == any_(found))


def place_in_time(typed: str) -> Select[Any] | None:
    """Return the statement of the id at which the orders of a day, or one order, begin downwards.

    Ids rise with the time of placing, so that a list by id can be opened at a date. None for what
    is neither a day nor digits.
    """
    if typed.isascii() and typed.isdigit():
        return select(Order.id).where(Order.number == typed)
    try:
        day = date.fromisoformat(typed)
        end = datetime.combine(day + timedelta(days=1), time.min, timezone())
    except (ValueError, OverflowError):
        return None
    return (
        select(Order.id)
        .where(Order.placed_at < end)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(1)
    )


def within(statement: Select[Order], top: Channel) -> Select[Order]:
    """Narrow to orders of a channel and everything below it, as the tree was when placed."""
    return statement.where(Order.chain_path.startswith(top.path, autoescape=True))


def headline_of(order: Order) -> Headline:
    """Return what an order waits for, on whom, since when."""
    return headline(order.state, order.payment_state, order.state_since, order.items)


def events_of(order: Order) -> Sequence[OrderEvent]:
    """Return the timeline, newest first."""
    return (
        session()
        .scalars(
            select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id.desc())
        )
        .all()
    )


def may(order: Order, to: OrderState) -> bool:
    """Tell whether an order may go to a state now; buttons show only what is allowed."""
    return allows(Axis.ORDER, order.state, to)


def find_item(*, kind: str, key: str) -> OrderItem | None:
    """Return the live item with a number, an ICCID or (of one-item orders) an order number."""
    statement = select(OrderItem).where(OrderItem.is_live)
    if kind == "msisdn":
        statement = statement.where(OrderItem.msisdn == key)
    elif kind == "iccid":
        statement = statement.where(OrderItem.iccid == key)
    else:
        statement = statement.join(Order).where(Order.number == key)
    found = session().scalars(statement.order_by(OrderItem.id.desc()).limit(2)).all()
    if kind == "order_number" and len(found) > 1:
        return None
    return found[0] if found else None


def live_items(*, kind: str, keys: Collection[str]) -> dict[str, list[OrderItem]]:
    """Return the live items behind keys of one kind, each key's newest first, with their orders.

    A kind is msisdn, iccid, order_number (ours) or carrier_order_number.
    """
    columns: dict[str, InstrumentedAttribute[Any]] = {
        "msisdn": OrderItem.msisdn,
        "iccid": OrderItem.iccid,
        "order_number": Order.number,
        "carrier_order_number": OrderItem.carrier_order_number,
    }
    column = columns[kind]
    found: dict[str, list[OrderItem]] = {}
    if not keys:
        return found
    rows = session().execute(
        select(column, OrderItem)
        .join(OrderItem.order)
        .where(OrderItem.is_live, column.in_(keys))
        .options(contains_eager(OrderItem.order))
        .order_by(OrderItem.id.desc())
    )
    for key, item in rows:
        found.setdefault(key, []).append(item)
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of the home page: orders today and yesterday, and what waits."""

    today: int
    yesterday: int
    activated_today: int
    to_audit: int
    to_submit: int
    on_hold: int


def placed_between(begin: datetime, end: datetime) -> int:
    """Return how many orders were placed from one instant until before another."""
    return (
        session().scalar(
            select(func.count())
            .select_from(Order)
            .where(Order.placed_at >= begin, Order.placed_at < end)
        )
        or 0
    )


def figures() -> Figures:
    """Return today's figures of the whole workspace, in its own time zone."""
    db = session()
    start = datetime.combine(clock.today(), time.min, timezone())
    day = timedelta(days=1)

    def in_state(state: OrderState) -> int:
        capped = select(Order.id).where(Order.state == state).limit(10_001).subquery()
        return db.scalar(select(func.count()).select_from(capped)) or 0

    return Figures(
        today=placed_between(start, start + day),
        yesterday=placed_between(start - day, start),
        activated_today=db.scalar(
            select(func.count())
            .select_from(OrderItem)
            .where(OrderItem.activated_on == clock.today())
        )
        or 0,
        to_audit=in_state(OrderState.NEW),
        to_submit=in_state(OrderState.AUDITED) + in_state(OrderState.ASSIGNED),
        on_hold=in_state(OrderState.ON_HOLD),
    )


def has_any_order() -> bool:
    """Tell whether the workspace has ever had an order: the end of the onboarding list."""
    return session().scalar(select(Order.id).limit(1)) is not None


def counts_of(viewer: ChannelUser) -> dict[str, int]:
    """Return how many of the viewer's orders were placed today and stand in each open state."""
    statement = orders_of(viewer).options().with_only_columns(Order.id, Order.state)
    db = session()
    start = datetime.combine(clock.today(), time.min, timezone())
    today = statement.where(Order.placed_at >= start).limit(10_001).subquery()
    counts = {"today": db.scalar(select(func.count()).select_from(today)) or 0}
    waiting = statement.where(Order.state.in_(OPEN)).limit(10_001).subquery()
    grouped = db.execute(select(waiting.c.state, func.count()).group_by(waiting.c.state))
    return counts | {row.state: row[1] for row in grouped}


def orders_of_customers(numbers: Sequence[int]) -> set[int]:
    """Return which of some customers, by id, have an order."""
    wanted = select(Order.customer_id).where(Order.customer_id.in_(numbers)).distinct()
    return set(session().scalars(wanted))
