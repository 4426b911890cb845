"""Orders, made through the verbs."""

from datetime import date

from kit import audit, ids
from tenants.accounts.dictionary import Carrier
from tenants.catalogue.models import Product
from tenants.channels.models import Channel
from tenants.customers.models import Customer
from tenants.numbers.models import Number, SimCard
from tenants.orders import services
from tenants.orders.models import Order, OrderItem
from tenants.orders.services import NewLine, NewOrder
from tenants.orders.services.activation import Told
from tests.factories.catalogue import make_product
from tests.factories.customers import make_customer

DAY = date(2026, 8, 3)


def new_order(
    *,
    product: Product | None = None,
    customer: Customer | None = None,
    number: Number | None = None,
    card: SimCard | None = None,
    quantity: int = 1,
    delivery_mode: str | None = None,
    **changed: object,
) -> NewOrder:
    product = product or make_product(carrier=Carrier.MOBILE)
    values: dict[str, object] = {
        "submission": ids.secret(),
        "customer": customer or make_customer(),
        "lines": [NewLine(product, number, card)] * quantity,
        "delivery_mode": delivery_mode or product.delivery_modes[0],
        "recipient_name": "王小明",
        "recipient_phone": "13700137000",
        **changed,
    }
    return NewOrder(**values)  # type: ignore[arg-type]


def make_order(
    *, channel: Channel | None = None, by: audit.Actor = audit.SYSTEM, **changed: object
) -> Order:
    return services.place_order(new_order(**changed), channel=channel, by=by)  # type: ignore[arg-type]


def make_opened(**changed: object) -> OrderItem:
    """An audited order whose first item the carrier has opened."""
    order = make_order(**changed)
    services.pass_audit(order, by=audit.SYSTEM)
    item = order.items[0]
    tell(item, Told.OPENED)
    return item


def tell(item: OrderItem, *events: Told, on: date = DAY, month: int = 0) -> list[bool]:
    return [
        services.record_carrier_event(
            item, event=event, occurred_on=on, month=month, source="test", by=audit.SYSTEM
        )
        for event in events
    ]
