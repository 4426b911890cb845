"""The list of orders, as the back office declares it."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import Select, select

from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.personal import mask_phone
from kit.web import BulkAction, Column, Filter, Grouping, Listing, StatusTabs, Tag
from kit.web.listing.sums import Named
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.catalogue.models import Product
from tenants.catalogue.queries import product_options
from tenants.channels import access as channels
from tenants.channels.kinds import CHANNEL
from tenants.channels.models import Channel
from tenants.customers.models import Customer
from tenants.customers.queries import with_number
from tenants.orders import queries
from tenants.orders.headline import Who
from tenants.orders.labels import ACTIVATION, CARRIER, ORDER, PAYMENT
from tenants.orders.models import Order, OrderItem
from tenants.orders.states import OrderState, PaymentState
from tenants.records.views.parts import tag_actions, tag_filter

COLOURS = {
    OrderState.NEW: "blue",
    OrderState.AUDITED: "indigo",
    OrderState.ASSIGNED: "purple",
    OrderState.PROCESSING: "orange",
    OrderState.SHIPPED: "teal",
    OrderState.COMPLETED: "green",
    OrderState.ON_HOLD: "yellow",
    OrderState.REJECTED: "red",
    OrderState.CANCELLED: "gray",
    OrderState.DRAFT: "gray",
}
PAYMENT_COLOURS = {
    PaymentState.UNPAID: "orange",
    PaymentState.PAID: "green",
    PaymentState.REFUNDING: "yellow",
    PaymentState.REFUND_FAILED: "red",
}


def state_tag(state: str) -> Tag:
    """Return the coloured word for an order's state."""
    known = OrderState(state)
    return Tag(ORDER[known], COLOURS[known])


def payment_tag(state: str) -> Tag:
    """Return the coloured word for a payment's state."""
    known = PaymentState(state)
    return Tag(PAYMENT[known], PAYMENT_COLOURS.get(known, "gray"))


def headline_tag(order: Order) -> Tag:
    """Return the headline as a tag: what waits on us stands out."""
    line = queries.headline_of(order)
    colour = {Who.HOUSE: "orange", Who.HANDLER: "orange", Who.NOBODY: "gray"}.get(line.who, "azure")
    return Tag(line.text, colour)


def _products(order: Order) -> str:
    names = dict.fromkeys(item.product_name for item in order.items)
    return "、".join(names)


def _numbers(order: Order) -> str:
    return "\n".join(item.msisdn for item in order.items if item.msisdn)


def _by_channel(statement: Select[Any], public_id: str) -> Select[Any]:
    return queries.within(statement, channels.channel(public_id, reach()))


def _of_items(column: Any) -> Any:
    def narrow(statement: Select[Any], value: str) -> Select[Any]:
        return statement.where(Order.id.in_(select(OrderItem.order_id).where(column == value)))

    return narrow


def _by_product(statement: Select[Any], public_id: str) -> Select[Any]:
    chosen = select(Product.id).where(Product.public_id == public_id)
    return statement.where(
        Order.id.in_(select(OrderItem.order_id).where(OrderItem.product_id.in_(chosen)))
    )


def _of_customer(statement: Select[Any], number: str) -> Select[Any]:
    return statement.where(Order.customer_id.in_(select(Customer.id).where(with_number(number))))


def _customer_names(ids: Sequence[Any]) -> dict[Any, Named]:
    found = session().execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
    return {row.id: (row.name, {"customer": f"CM{row.id:04}"}) for row in found}


def _channel_names(ids: Sequence[Any]) -> dict[Any, Named]:
    # The filter by channel takes those below with it, so it cannot show one group alone.
    found = session().execute(select(Channel.id, Channel.name).where(Channel.id.in_(ids)))
    return {None: (_("Own sale"), {})} | {row.id: (row.name, {}) for row in found}


def _bulk() -> list[BulkAction]:
    actions = tag_actions("order")
    if current_user.can(Permission.Order.AUDIT):
        actions.append(
            BulkAction(
                _l("Pass the audit"),
                lambda: url_for("orders.audit_selected"),
                icon="checks",
                confirm=_l("Pass the audit of all that is selected?"),
            )
        )
    if current_user.can(Permission.Order.ASSIGN):
        actions.append(
            BulkAction(_l("Assign"), lambda: url_for("orders.assign_selected"), icon="user-check")
        )
    if current_user.can(Permission.Order.CANCEL):
        actions.append(
            BulkAction(
                _l("Cancel the orders"),
                lambda: url_for("orders.cancel_selected"),
                icon="ban",
                danger=True,
            )
        )
    return actions


LISTING = Listing(
    name="orders",
    columns=[
        Column("number", _l("Order no."), copy=True, text=True, width="md", summary=True),
        Column("headline", _l("Progress"), value=headline_tag, kind="tag", width="lg"),
        Column(
            "customer",
            _l("Customer"),
            value="customer.name",
            second=lambda order: mask_phone(order.recipient_phone),
            summary=True,
        ),
        Column("product", _l("Product"), value=_products, width="lg", summary=True),
        Column("msisdn", _l("Number"), value=_numbers, text=True, kind="phone"),
        Column("channel", _l("Channel"), value="channel.name"),
        Column("quantity", _l("Quantity"), value=lambda order: len(order.items), kind="number"),
        Column(
            "total_amount",
            _l("Amount"),
            kind="money",
            currency=lambda order: order.currency,
            total=Order.total_amount,
            total_currency=Order.currency,
            summary=True,
        ),
        Column("state", _l("Order status"), kind="tag", tags=state_tag),
        Column("payment_state", _l("Payment"), kind="tag", tags=payment_tag),
        Column("handler", _l("Handler"), value="handler.name", hidden=True),
        Column("placed_by_name", _l("Entered by"), hidden=True),
        Column("traded_on", _l("Trade date"), kind="date", hidden=True),
        Column("deliver_on", _l("Delivery date"), kind="date", hidden=True),
        Column("placed_at", _l("Placed at"), kind="datetime", sort=Order.placed_at),
    ],
    filters=[
        Filter.search(
            queries.matching, placeholder=_l("Order no., customer, phone, number or ICCID")
        ),
        Filter.date_range("placed", _l("Placed at"), column=Order.placed_at),
        Filter.choice("product", _l("Product"), product_options, apply=_by_product),
        Filter.look_up("channel", _l("Channel"), CHANNEL, apply=_by_channel),
        tag_filter("order", Order.public_id),
        Filter.choice(
            "payment", _l("Payment"), list(PAYMENT.items()), column=Order.payment_state, folded=True
        ),
        Filter.choice(
            "carrier",
            _l("Carrier processing"),
            list(CARRIER.items()),
            apply=_of_items(OrderItem.carrier_state),
            folded=True,
        ),
        Filter.choice(
            "activation",
            _l("Activation"),
            list(ACTIVATION.items()),
            apply=_of_items(OrderItem.activation_state),
            folded=True,
        ),
        Filter.text(
            "customer", _l("Customer number"), apply=_of_customer, placeholder="CM0001", folded=True
        ),
    ],
    groupings=[
        Grouping("customer", _l("Customer"), Order.customer_id, names=_customer_names),
        Grouping("channel", _l("Channel"), Order.channel_id, names=_channel_names),
        Grouping("status", _l("Order status"), Order.state, names=ORDER, parameter="status"),
        Grouping("payment", _l("Payment"), Order.payment_state, names=PAYMENT, parameter="payment"),
        Grouping.by_month("month", _l("Month"), Order.traded_on),
    ],
    bulk=_bulk,
    jump=queries.place_in_time,
    jump_hint=_l("2026-08-01 or order no."),
    tabs=StatusTabs(
        [
            (state.value, ORDER[state])
            for state in (
                *queries.OPEN,
                OrderState.COMPLETED,
                OrderState.CANCELLED,
                OrderState.REJECTED,
            )
        ],
        column=Order.state,
    ),
    row_url=lambda order: url_for("orders.show", public_id=order.public_id),
    empty_title=_l("No orders yet"),
    empty_hint=_l("Enter the first one, or invite a channel that does."),
    empty_icon="shopping-cart",
)
