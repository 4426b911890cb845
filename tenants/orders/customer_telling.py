"""What customers are told of their orders, where the workspace has switched it on."""

from kit.i18n import lazy_gettext as _l
from tenants.customers.messages import services
from tenants.notices.customer_kinds import register
from tenants.notices.kinds import Kind, Placeholder
from tenants.orders.models import Order, OrderItem

_GROUP = _l("Orders")
_MORE = {
    "number": Placeholder(_l("Order no."), "20260801000123"),
    "product": Placeholder(_l("Product"), _l("Big data card")),
    "msisdn": Placeholder(_l("Number"), "139 0000 1234"),
    "courier": Placeholder(_l("Courier"), _l("SF Express")),
    "tracking": Placeholder(_l("Tracking number"), "SF1234567890"),
}


def _kind(code: str, label: object, title: object, body: object, *names: str) -> Kind:
    return register(
        Kind(
            code=f"customers:{code}",
            group=_GROUP,
            label=label,
            title=title,
            body=body,
            whom=_l("The customer"),
            placeholders={name: _MORE[name] for name in ("number", "product", *names)},
            icon="message",
        )
    )


PLACED = _kind(
    "placed",
    _l("The order is there"),
    _l("We have your order {number}: {product}."),
    _l("We check it now and tell you how it goes on."),
)
REJECTED = _kind(
    "rejected",
    _l("The order was rejected"),
    _l("We could not accept your order {number}."),
    _l("Please ask where you ordered."),
)
HELD = _kind(
    "held",
    _l("The order was put on hold"),
    _l("Your order {number} is on hold: something is missing or being checked."),
    _l("Please ask where you ordered."),
)
CANCELLED = _kind(
    "cancelled",
    _l("The order was cancelled"),
    _l("Your order {number} was cancelled."),
    _l("Please ask where you ordered if you did not want that."),
)
SHIPPED = _kind(
    "shipped",
    _l("The card was sent"),
    _l("Your card of order {number} is on its way: {courier} {tracking}."),
    _l("Have your ID document at hand when it arrives."),
    *("courier", "tracking"),
)
DELIVERED = _kind(
    "delivered",
    _l("The card was delivered"),
    _l("Your card of order {number} was delivered. Please activate it."),
    _l("Activate it yourself, with your own ID document; give nobody a code."),
)
ACTIVATED = _kind(
    "activated",
    _l("The number is active"),
    _l("Your number {msisdn} is active."),
    _l("Order {number}: {product}."),
    "msisdn",
)


def tell(kind: Kind, order: Order, *, item: OrderItem | None = None, again: str = "") -> None:
    """Tell the customer of what happened to an order or an item of it, once.

    What can happen several times says by `again` which time it is.
    """
    first = item or order.items[0]
    known = {
        "number": order.number,
        "product": first.product_name,
        "msisdn": first.msisdn,
        "courier": first.courier,
        "tracking": first.tracking_number,
    }
    services.inform(
        kind,
        order.customer,
        once=f"{(item or order).public_id}{again}",
        record_id=order.public_id,
        record_name=order.number,
        **{name: known[name] for name in kind.placeholders},
    )
