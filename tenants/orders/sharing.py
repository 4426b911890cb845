"""An order as a text to send in a chat, personal data masked."""

from kit.i18n import gettext as _
from kit.personal import mask_name, mask_phone
from tenants.orders.models import Order


def as_text(order: Order) -> str:
    """Return an order as lines of text that may be sent to the customer."""
    lines = [_("Order %(number)s", number=order.number)]
    lines.extend(f"{item.product_name} {item.msisdn or ''}".strip() for item in order.items)
    lines.append(f"{mask_name(order.recipient_name)} {mask_phone(order.recipient_phone)}")
    return "\n".join(lines)
