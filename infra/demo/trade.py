"""Ninety days of orders: each has a fate, which the days bring about step by step."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import select

from infra.demo.stock import in_stock
from kit import audit, clock, ids
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
from tenants.orders.states import CarrierState, FulfilmentState
from tenants.settlement import services as settlement
from tenants.settlement.models import AccountCode
from tenants.settlement.services.ledger import open_accounts

DAYS = 90
ORDERS = 2_000

# How many of a hundred orders meet each fate, and the steps of it with the days in between.
FATES: tuple[tuple[int, tuple[tuple[int, str], ...]], ...] = (
    (40, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "activate"),
          (3, "topup"), (30, "network"))),
    (14, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (3, "deliver"),
          (1, "activate"))),
    (5, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"), (1, "activate"),
         (20, "close"))),
    (5, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (0, "hand"))),
    (4, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"))),
    (3, ((0, "audit"), (0, "submit"), (1, "open"), (0, "card"), (1, "ship"), (4, "refuse"),
         (2, "back"))),
    (3, ((0, "audit"), (0, "submit"), (2, "fail"))),
    (3, ((0, "audit"), (0, "submit"), (1, "want"))),
    (2, ((0, "audit"), (0, "submit"), (1, "unknown"))),
    (4, ((0, "audit"), (0, "submit"))),
    (3, ((0, "audit"), (1, "assign"))),
    (2, ((0, "audit"),)),
    (5, ((1, "reject"),)),
    (4, ((0, "audit"), (1, "cancel"))),
    (2, ((0, "hold"),)),
    (1, ()),
)  # fmt: skip


class Trade:
    """The whole trade of the demonstration workspace."""

    def __init__(
        self,
        chance: random.Random,
        *,
        users: Sequence[User],
        people: Sequence[ChannelUser],
        customers: Sequence[int],
        products: Sequence[Product],
    ) -> None:
        self.chance = chance
        self.users = users
        self.people = people
        # In turn, so that nobody runs into the limit of five numbers of a carrier.
        self.customers = cycle(customers)
        self.products = products
        # Ids, not rows: a commit expires every row that somebody still holds.
        self.plans: dict[int, list[tuple[int, tuple[tuple[int, str], ...]]]] = defaultdict(list)
        self.numbers = in_stock(Number, "available")
        self.cards = in_stock(SimCard, "in_stock")

    def run(self, until: datetime, *, say: Callable[[int, int], None]) -> None:
        """Live through the days up to an instant; a transaction for each day."""
        for day in range(DAYS + 1):
            with clock.moved(until - timedelta(days=DAYS - day, minutes=7)):
                for order_id, fate in self.plans.pop(day, []):
                    self._go_on(session().get_one(Order, order_id), fate, day)
                due = ORDERS * (day + 1) // (DAYS + 1) - ORDERS * day // (DAYS + 1)
                for _ in range(due):
                    self._place(day)
                if clock.today().day == 2:
                    self._settle()
            say(day + 1, DAYS + 1)

    def _place(self, day: int) -> None:
        product = self.chance.choice(self.products)
        seller = self.chance.choice(self.people) if self.chance.random() < 0.85 else None
        channel = seller.channel if seller else None
        number = self._number(product, channel)
        customer = session().get_one(Customer, next(self.customers))
        by: audit.Actor = seller or self.users[0]
        with transaction():
            order = orders.place_order(
                NewOrder(
                    submission=ids.secret(),
                    customer=customer,
                    lines=[NewLine(product, number)],
                    delivery_mode=self.chance.choice(("counter", "courier")),
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
            if order.payment_state == "unpaid" and self.chance.random() < 0.9:
                orders.record_payment(order, remark="柜台现金", by=self.users[0])
            weights = [weight for weight, _ in FATES]
            fate = self.chance.choices([steps for _, steps in FATES], weights)[0]
            self._go_on(order, () if order.payment_state == "unpaid" else fate, day)

    def _number(self, product: Product, channel: Channel | None) -> Number:
        shelf = self.numbers[product.carrier]
        allowed = {None, *(channel.ancestor_ids if channel else ())}
        for position in range(len(shelf) - 1, -1, -1):
            if shelf[position].channel_id in allowed:
                return session().get_one(Number, shelf.pop(position).id)
        raise RuntimeError("the demonstration has run out of numbers")

    def _go_on(self, order: Order, fate: tuple[tuple[int, str], ...], day: int) -> None:
        with transaction():
            for position, (wait, step) in enumerate(fate):
                if wait:
                    rest = ((0, step), *fate[position + 1 :])
                    self.plans[day + wait].append((order.id, rest))
                    return
                getattr(self, f"_{step}")(order)

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
