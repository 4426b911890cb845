"""Place an order: rules, chain, rates, number and card, all in one transaction."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select

from control.billing.limits import Counted
from control.verification.standing import refuse_public_order
from kit import audit, clock
from kit.db import hold, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.tenancy import current
from tenants.accounts import counters
from tenants.accounts.limits import Beyond, count_of_month
from tenants.catalogue import queries as catalogue
from tenants.catalogue.models import PickingMode, Product, ProductState
from tenants.catalogue.rates import RateSnapshot
from tenants.catalogue.rules import Applicant, History, failures
from tenants.channels import queries as channels
from tenants.channels.models import Channel
from tenants.channels.services import refuse_if_frozen
from tenants.customers.models import Customer
from tenants.numbers import services as numbers
from tenants.numbers.models import Number, SimCard
from tenants.orders import customer_telling, queries, telling
from tenants.orders.models import Order, OrderItem
from tenants.orders.services.moving import note
from tenants.orders.states import (
    ActivationState,
    Axis,
    CarrierState,
    FulfilmentState,
    OrderState,
    PaymentState,
)
from tenants.settlement import services as settlement
from tenants.settlement.services import ItemFacts

PLACED = audit.Event.named("order:placed", "number", "items", "channel")
MAX_ITEMS = 50


class TurnedAway(Refused):
    """An order from outside that the plan has no room for; `beyond` is what the owner reads."""

    def __init__(self, beyond: Beyond) -> None:
        super().__init__(
            _(
                "Sorry, no more orders can be taken at the moment. Nothing was ordered; please try "
                "again later, or ask %(name)s.",
                name=current().name,
            )
        )
        self.beyond = beyond


class RulesFailed(Refused):
    """All submit rules that an order breaks, each a sentence."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class NewLine:
    """One number of a product: the number that was picked and the card, where known."""

    product: Product
    number: Number | None = None
    card: SimCard | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What somebody fills in. `submission` is the form's one-time token: sent twice, placed once.

    `hold_owner` is who holds the numbers that were picked; amounts come from the products.
    """

    submission: str
    customer: Customer
    lines: Sequence[NewLine]
    delivery_mode: str
    recipient_name: str
    recipient_phone: str
    recipient_address: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    traded_on: date | None = None
    deliver_on: date | None = None
    remark: str = ""
    hold_owner: str | None = None
    flag: str = field(default="")


# Who may try everything before the company is verified.
_INSIDE = frozenset({"user", "system"})


def place_order(new: NewOrder, *, channel: Channel | None, by: audit.Actor) -> Order:
    """Place an order and bind its numbers and cards; the same submission gives the same order.

    RulesFailed names every submit rule that is broken; Refused says what else is in the way
    (a frozen channel, a product off the shelf, a number that somebody else was quicker to get;
    whoever is none of the workspace's own people while its company is not verified). Where the
    month's orders are used up, Beyond says so to our own people and TurnedAway to others.
    """
    with transaction() as db:
        placed = db.scalars(select(Order).where(Order.submission == new.submission)).one_or_none()
        if placed is not None:
            return placed
        if by.actor_kind not in _INSIDE:
            refuse_public_order()
        _refuse_impossible(new, channel)
        chain = channels.chain(channel) if channel else []
        sentences = _broken_rules(new)
        if sentences:
            raise RulesFailed(sentences)
        order = _order(new, channel=channel, by=by)
        db.add(order)
        db.flush()
        today = new.traded_on or clock.today()
        facts = [
            _add_item(order, line, number, chain=chain, on=today, owner=new.hold_owner, by=by)
            for number, line in enumerate(new.lines, 1)
        ]
        # Nobody else sees a row before its commit: it is as good as locked.
        hold(order)
        note(order, axis=Axis.ORDER, to=OrderState.NEW, by=by)
        settlement.expect_all(facts, by=by)
        audit.record(
            PLACED,
            order,
            by=by,
            number=order.number,
            items=len(new.lines),
            channel=channel.name if channel else None,
        )
        telling.tell_placed(order, by=by)
        customer_telling.tell(customer_telling.PLACED, order)
        _count(order, by=by)
        return order


def _count(order: Order, *, by: audit.Actor) -> None:
    """Count an order; last of all, for until the commit nobody else can count one."""
    month = counters.bounds_of(counters.month_of(order.placed_at))
    try:
        count_of_month(
            Counted.ORDERS, order.placed_at, truth=lambda: queries.placed_between(*month)
        )
    except Beyond as beyond:
        if by.actor_kind in _INSIDE:
            raise
        raise TurnedAway(beyond) from None


def _refuse_impossible(new: NewOrder, channel: Channel | None) -> None:
    if not new.lines:
        raise Refused(_("An order needs at least one item."), field="product")
    if len(new.lines) > MAX_ITEMS:
        raise Refused(
            _("An order may have at most %(count)s items.", count=MAX_ITEMS), field="quantity"
        )
    if channel is not None:
        refuse_if_frozen(channel)
    if new.customer.deleted_at is not None:
        raise Refused(_("This customer has been deleted."), field="customer")
    for line in new.lines:
        _refuse_product(line.product, new.delivery_mode, channel)
        _refuse_number(line)


def _refuse_product(product: Product, delivery_mode: str, channel: Channel | None) -> None:
    if product.state != ProductState.ON_SHELF or product.deleted_at is not None:
        raise Refused(
            _("The product “%(name)s” is not on the shelf.", name=product.name), field="product"
        )
    if channel is not None and set(channel.ancestor_ids) & set(product.blocked_channel_ids):
        raise Refused(
            _("Your channel may not sell “%(name)s”.", name=product.name), field="product"
        )
    if delivery_mode not in product.delivery_modes:
        raise Refused(
            _("“%(name)s” cannot be delivered this way.", name=product.name), field="delivery_mode"
        )


def _refuse_number(line: NewLine) -> None:
    product = line.product
    if line.number is None and product.picking not in {PickingMode.NONE, PickingMode.ANY}:
        raise Refused(
            _("“%(name)s” needs a number to be picked.", name=product.name), field="msisdn"
        )
    if line.number is not None and line.number.carrier != product.carrier:
        raise Refused(
            _(
                "The number %(msisdn)s belongs to another carrier than “%(name)s”.",
                msisdn=line.number.msisdn,
                name=product.name,
            ),
            field="msisdn",
        )


def _broken_rules(new: NewOrder) -> list[str]:
    customer = new.customer
    applicant = Applicant(
        kind=customer.kind,
        document=customer.document,
        phone=new.recipient_phone,
        born_on=customer.born_on,
        province=new.province or customer.province,
        city=new.city or customer.city,
        district=new.district or customer.district,
        address=new.recipient_address,
    )
    sentences: dict[str, None] = {}
    for product in {line.product.id: line.product for line in new.lines}.values():
        history = _history(new, product)
        sentences.update(dict.fromkeys(failures(product, applicant, history=history)))
    return list(sentences)


def _history(new: NewOrder, product: Product) -> History:
    """Count what this workspace knows of the same person with the same carrier."""
    db = session()
    live = (
        select(OrderItem.id)
        .join(Order)
        .where(OrderItem.is_live, OrderItem.carrier == product.carrier)
    )
    same_person = Order.customer_id == new.customer.id
    count = db.scalar(select(func.count()).select_from(live.where(same_person).subquery())) or 0
    repeats: dict[str, date | None] = {}
    conditions = {
        "document": same_person,
        "phone": Order.recipient_phone_index.in_(
            Order.recipient_phone.lookups(new.recipient_phone)
        ),
    }
    for kind in set(product.repeat_by) & set(conditions) if product.repeat_days else ():
        repeats[kind] = db.scalar(
            select(func.max(Order.traded_on))
            .join(OrderItem)
            .where(OrderItem.is_live, OrderItem.carrier == product.carrier, conditions[kind])
        )
    batch = sum(line.product.carrier == product.carrier for line in new.lines)
    return History(repeats=repeats, live_items_of_carrier=count + batch - 1)


def _order(new: NewOrder, *, channel: Channel | None, by: audit.Actor) -> Order:
    now = clock.now()
    total = sum(line.product.retail_amount + _extra(line) for line in new.lines)
    today = clock.today()
    return Order(
        number=f"{today:%y%m%d}{secrets.randbelow(10**8):08}",
        submission=new.submission,
        customer=new.customer,
        channel=channel,
        chain_path=channel.path if channel else "",
        placed_at=now,
        placed_by_kind=by.actor_kind,
        placed_by_id=by.actor_id,
        placed_by_name=by.actor_name,
        state=OrderState.NEW,
        payment_state=PaymentState.UNPAID if total else PaymentState.NOT_DUE,
        state_since=now,
        total_amount=total,
        currency=current().currency,
        traded_on=new.traded_on or today,
        deliver_on=new.deliver_on,
        delivery_mode=new.delivery_mode,
        recipient_name=new.recipient_name,
        recipient_phone=new.recipient_phone,
        recipient_address=new.recipient_address,
        province=new.province,
        city=new.city,
        district=new.district,
        remark=new.remark,
        flag=new.flag,
        # Loaded as it is made: nobody need ask the database what hangs on a new order.
        items=[],
    )


def _extra(line: NewLine) -> int:
    return line.number.extra_amount if line.number else 0


def _add_item(
    order: Order,
    line: NewLine,
    position: int,
    *,
    chain: Sequence[Channel],
    on: date,
    owner: str | None,
    by: audit.Actor,
) -> ItemFacts:
    product = line.product
    rates: list[RateSnapshot] = catalogue.rates_for(product, chain, on) if chain else []
    now = clock.now()
    item = OrderItem(
        order=order,
        line=position,
        product=product,
        product_name=product.name,
        carrier=product.carrier,
        unit_amount=product.retail_amount + _extra(line),
        carrier_state=CarrierState.TO_SUBMIT,
        carrier_since=now,
        fulfilment_state=FulfilmentState.WAITING,
        fulfilment_since=now,
        activation_state=ActivationState.NOT_ACTIVATED,
        activation_since=now,
        snapshot={
            "product": {"code": product.code, "name": product.name, **product.plan_content},
            "chain": [
                {"id": channel.id, "public_id": channel.public_id, "name": channel.name}
                for channel in chain
            ],
            "rates": [rate.as_json() for rate in rates],
        },
    )
    session().add(item)
    session().flush()
    if line.number is not None:
        attach_number(item, line.number, owner=owner, by=by)
    if line.card is not None:
        attach_card(item, line.card, by=by)
    return ItemFacts(
        item_id=item.public_id,
        order_number=order.number,
        product_name=product.name,
        currency=order.currency,
        chain=tuple(channel.id for channel in chain),
        rates=tuple(rates),
    )


def attach_number(item: OrderItem, number: Number, *, owner: str | None, by: audit.Actor) -> None:
    """Bind a number to an item; Refused when somebody else has it."""
    number = numbers.allocate_number(number, item_id=item.public_id, owner=owner, by=by)
    item.sold_number = number
    item.msisdn = number.msisdn


def attach_card(item: OrderItem, card: SimCard, *, by: audit.Actor) -> None:
    """Bind a card to an item; a paired card brings its number and must agree with the item's."""
    if card.carrier != item.carrier:
        raise Refused(_("The card belongs to another carrier."), field="iccid")
    if card.number_id is not None:
        paired = session().get_one(Number, card.number_id)
        if item.number_id is None:
            attach_number(item, paired, owner=None, by=by)
        elif item.number_id != paired.id:
            raise Refused(
                _("This card is paired with the number %(msisdn)s.", msisdn=paired.msisdn),
                field="iccid",
            )
    card = numbers.allocate_card(card, item_id=item.public_id, by=by)
    item.card = card
    item.iccid = card.iccid
