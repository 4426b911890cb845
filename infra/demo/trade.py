"""Ninety days of orders: each has a fate, which the days bring about step by step.

What happens to the n-th order, and on which day, follows from n alone. So a day is one
transaction, and a demonstration that was killed goes on at the first day that is missing.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from infra.demo.stock import in_stock
from kit import audit, clock
from kit.db import session, transaction
from kit.errors import Refused
from kit.tenancy import current
from tenants.accounts.models import User
from tenants.catalogue.models import Product
from tenants.channels.models import Channel, ChannelUser
from tenants.customers.models import Customer
from tenants.numbers.models import Number, SimCard
from tenants.orders import services as orders
from tenants.orders.models import Order
from tenants.orders.services import NewLine, NewOrder
from tenants.orders.services.activation import Told
from tenants.orders.states import CarrierState, FulfilmentState, PaymentState
from tenants.settlement import services as settlement
from tenants.settlement.models import AccountCode
from tenants.settlement.services.ledger import open_accounts

DAYS = 90
ORDERS = 2_000
SEED = 20260801
OPEN = timedelta(hours=11)
"""How long business goes on in a day; the last day's ends just before now."""

_BEFORE_NOW = timedelta(minutes=7)

# How many of a hundred orders meet each fate, and the steps of it with the days in between.
FATES: tuple[tuple[int, tuple[tuple[int, str], ...]], ...] = (
    (38, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "activate"),
          (3, "topup"), (30, "network"))),
    (14, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (3, "deliver"),
          (1, "activate"))),
    (5, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "activate"),
         (20, "close"))),
    (4, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"))),
    (1, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "check"))),
    (1, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "stuck"))),
    (4, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"))),
    (2, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (4, "refuse"),
         (2, "back"))),
    (1, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (4, "refuse"))),
    (1, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (9, "lose"))),
    (3, ((0, "audit"), (0, "submit"), (2, "fail"))),
    (3, ((0, "audit"), (0, "submit"), (1, "want"))),
    (2, ((0, "audit"), (0, "submit"), (1, "unknown"))),
    (2, ((0, "audit"), (0, "submit"))),
    (1, ((0, "audit"), (0, "submit"), (1, "opening"))),
    (3, ((0, "audit"), (1, "assign"))),
    (2, ((0, "audit"),)),
    (5, ((1, "reject"),)),
    (4, ((0, "audit"), (1, "cancel"))),
    (2, ((0, "hold"),)),
    (2, ()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The n-th order before it is lived: on which day, by whom, of what, and its fate."""

    serial: int
    day: int
    seller: int | None
    product: int
    delivery_mode: str
    is_paid: bool
    steps: tuple[tuple[int, str], ...]

    @property
    def submission(self) -> str:
        """The token under which the order is placed: placed once, however often it is tried."""
        return f"demo-{self.serial}"


def plan(serial: int, *, people: int, products: int) -> Plan:
    """Return what happens to the n-th order; steps are pairs of a day and a name."""
    chance = random.Random(f"{SEED}-{serial}")  # noqa: S311 - the same demonstration each time
    day = due_day = serial * (DAYS + 1) // ORDERS
    steps = []
    for wait, step in chance.choices([fate for _, fate in FATES], [w for w, _ in FATES])[0]:
        due_day += wait
        steps.append((due_day, step))
    return Plan(
        serial=serial,
        day=day,
        seller=chance.randrange(people) if chance.random() < 0.85 else None,
        product=chance.randrange(products),
        delivery_mode=chance.choice(("counter", "courier")),
        is_paid=chance.random() < 0.9,
        steps=tuple(steps),
    )


class Trade:
    """The whole trade of the demonstration workspace."""

    def __init__(self) -> None:
        work = session()
        self.users = work.scalars(select(User).order_by(User.id)).all()
        self.people = work.scalars(select(ChannelUser).order_by(ChannelUser.id)).all()
        self.products = work.scalars(select(Product).order_by(Product.id)).all()
        self.customers = work.scalars(select(Customer.id).order_by(Customer.id)).all()
        self.numbers = in_stock(Number, "available")
        self.cards = in_stock(SimCard, "in_stock")
        self.plans: dict[int, list[Plan]] = defaultdict(list)
        for serial in range(ORDERS):
            planned = plan(serial, people=len(self.people), products=len(self.products))
            for day in {planned.day, *(day for day, _ in planned.steps)}:
                self.plans[day].append(planned)

    def run(self, until: datetime, *, say: Callable[[int, int], None]) -> None:
        """Live through the days up to an instant, or on from where they broke off."""
        begun, lived = self._lived()
        start = begun or until - timedelta(days=DAYS) - OPEN - _BEFORE_NOW
        for day in range(lived, DAYS + 1):
            with transaction():
                self._live(day, start + timedelta(days=day))
            say(day + 1, DAYS + 1)

    def _lived(self) -> tuple[datetime | None, int]:
        """Return when the first day was, and how many days are lived: each has an order."""
        mine = Order.submission.startswith("demo-")
        placed = session().scalars(select(Order.placed_at).where(mine)).all()
        return (min(placed), (max(placed) - min(placed)).days + 1) if placed else (None, 0)

    def _live(self, day: int, morning: datetime) -> None:
        plans = self.plans[day]
        rows = select(Order).where(Order.submission.in_(one.submission for one in plans))
        known = {order.submission: order for order in session().scalars(rows)}
        for position, planned in enumerate(plans):
            with clock.moved(morning + OPEN * position / len(plans)):
                order = known.get(planned.submission) or self._place(planned)
                if order.payment_state == PaymentState.UNPAID:
                    continue
                for due, step in planned.steps:
                    if due == day:
                        getattr(self, f"_{step}")(order)
        with clock.moved(morning + OPEN):
            if clock.today().day == 2:
                self._settle()

    def _place(self, planned: Plan) -> Order:
        product = self.products[planned.product]
        seller = None if planned.seller is None else self.people[planned.seller]
        channel = seller.channel if seller else None
        # In turn, so that nobody runs into the limit of five numbers of a carrier.
        turn = self.customers[planned.serial % len(self.customers)]
        customer = session().get_one(Customer, turn)
        by: audit.Actor = seller or self.users[0]
        order = orders.place_order(
            NewOrder(
                submission=planned.submission,
                customer=customer,
                lines=[NewLine(product, self._number(product, channel))],
                delivery_mode=planned.delivery_mode,
                recipient_name=customer.name,
                recipient_phone=customer.phone,
                recipient_address=customer.address,
                province=customer.province,
                city=customer.city,
                district=customer.district,
            ),
            channel=channel,
            by=by,
        )
        if order.payment_state == PaymentState.UNPAID and planned.is_paid:
            orders.record_payment(order, remark="柜台现金", by=self.users[0])
        return order

    def _number(self, product: Product, channel: Channel | None) -> Number:
        shelf = self.numbers[product.carrier]
        allowed = {None, *(channel.ancestor_ids if channel else ())}
        for position in range(len(shelf) - 1, -1, -1):
            if shelf[position].channel_id in allowed:
                return session().get_one(Number, shelf.pop(position).id)
        raise RuntimeError("the demonstration has run out of numbers")

    def _tell(self, order: Order, event: Told, month: int = 0) -> None:
        orders.record_carrier_event(
            order.items[0],
            event=event,
            occurred_on=clock.today(),
            month=month,
            source="demo",
            by=self.users[-1],
        )

    def _audit(self, order: Order) -> None:
        orders.pass_audit(order, by=self.users[-1])

    def _assign(self, order: Order) -> None:
        orders.assign_order(order, handler=self.users[-1], by=self.users[0])

    def _submit(self, order: Order) -> None:
        orders.submit_to_carrier(order, carrier_order_number=f"C{order.number}", by=self.users[-1])

    def _open(self, order: Order) -> None:
        self._tell(order, Told.OPENED)

    def _card(self, order: Order) -> None:
        item = order.items[0]
        card = session().get_one(SimCard, self.cards[item.carrier].pop().id)
        orders.bind_card(item, iccid=card.iccid, by=self.users[-1])

    def _hand(self, order: Order) -> None:
        orders.hand_over(order.items[0], by=self.users[-1])

    def _ship(self, order: Order) -> None:
        orders.ship_item(
            order.items[0],
            courier="顺丰速运",
            tracking_number=f"SF{order.number}",
            by=self.users[-1],
        )

    def _deliver(self, order: Order) -> None:
        orders.deliver_item(order.items[0], by=self.users[-1])

    def _refuse(self, order: Order) -> None:
        orders.return_item(order.items[0], state=FulfilmentState.REFUSED, by=self.users[-1])

    def _lose(self, order: Order) -> None:
        orders.return_item(order.items[0], state=FulfilmentState.LOST, by=self.users[-1])

    def _check(self, order: Order) -> None:
        self._tell(order, Told.REAL_NAME_CHECK)

    def _stuck(self, order: Order) -> None:
        self._tell(order, Told.ACTIVATION_FAILED)

    def _opening(self, order: Order) -> None:
        self._tell(order, Told.OPENING)

    def _back(self, order: Order) -> None:
        orders.return_item(
            order.items[0],
            state=FulfilmentState.RETURNED_TO_STOCK,
            remark="拒收退回",
            by=self.users[-1],
        )

    def _activate(self, order: Order) -> None:
        self._tell(order, Told.ACTIVATED)

    def _topup(self, order: Order) -> None:
        self._tell(order, Told.FIRST_TOPUP)

    def _network(self, order: Order) -> None:
        self._tell(order, Told.ON_NETWORK, month=1)

    def _close(self, order: Order) -> None:
        self._tell(order, Told.CLOSED)

    def _answer(self, order: Order, state: CarrierState, code: str, text: str) -> None:
        orders.answer_submission(
            order.items[0], state=state, code=code, text=text, by=self.users[-1]
        )

    def _fail(self, order: Order) -> None:
        self._answer(order, CarrierState.FAILED, "E1203", "客户名下号卡已达上限")

    def _want(self, order: Order) -> None:
        self._answer(order, CarrierState.INFO_WANTED, "P0021", "证件照片模糊，请重新上传")

    def _unknown(self, order: Order) -> None:
        self._answer(order, CarrierState.UNKNOWN, "T0000", "接口超时")

    def _reject(self, order: Order) -> None:
        orders.reject_order(order, reason="客户资料不符", by=self.users[-1])

    def _cancel(self, order: Order) -> None:
        orders.cancel_order(order, reason="客户要求取消", by=self.users[-1])

    def _hold(self, order: Order) -> None:
        orders.hold_order(order, cause="等待客户补传证件照片", by=self.users[-1])

    def _settle(self) -> None:
        """Settle what is due on the second of the month, and pay half of the branches."""
        owner = self.users[0]
        try:
            settlement.settle(until=clock.today(), key=f"demo-{clock.today()}", by=owner)
        except Refused:
            return
        tops = session().scalars(select(Channel).where(Channel.depth == 1).order_by(Channel.id))
        for top in list(tops)[:2]:
            payable = open_accounts(top, current().currency)[AccountCode.PAYABLE].balance
            if payable > 0:
                settlement.pay(
                    top,
                    amount=payable,
                    method="bank",
                    reference=f"BANK{clock.today():%Y%m%d}",
                    paid_on=clock.today(),
                    proof_key=None,
                    proof_name="",
                    remark="月度结算",
                    key=f"demo-{clock.today()}-{top.public_id}",
                    by=owner,
                )
