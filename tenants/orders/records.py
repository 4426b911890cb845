"""Orders as a kind of record: what is masked, whose they are, how they are reached."""

from kit import personal
from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.accounts.records import RecordKind, register_record
from tenants.orders import access, queries
from tenants.orders.models import Order

ORDER = register_record(
    RecordKind(
        code="order",
        label=_l("Orders"),
        model=Order,
        name=lambda order: order.number,
        fetch=access.order,
        reached=queries.reached,
        endpoint="orders.show",
        view=Permission.Order.VIEW,
        edit=Permission.Order.EDIT,
        share=Permission.Order.SHARE,
        reveal=Permission.Order.REVEAL,
        fields={"phone": "recipient_phone", "address": "recipient_address"},
        keeper="handler_id",
    )
)


def masked(order: Order) -> dict[str, str | None]:
    """Return the recipient's personal fields as they may be shown to anyone."""
    return {
        "phone": personal.mask_phone(order.recipient_phone)
        if order.recipient_phone_cipher
        else None,
        # Province, city and district stand beside it in full.
        "address": "****" if order.recipient_address_cipher else None,
    }
