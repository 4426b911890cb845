"""Orders as a kind of record."""

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from kit import personal
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, Shielded, register
from tenants.accounts.permissions import Permission
from tenants.orders import access, labels, queries
from tenants.orders.models import Order
from tenants.orders.states import OrderState


def _matching(statement: Select[Order], text: str) -> Select[Order]:
    return queries.matching(statement, text).order_by(Order.id.desc())


def _show(order: Order) -> tuple[str, str]:
    state = labels.ORDER[OrderState(order.state)]
    return str(_("Order %(number)s", number=order.number)), f"{order.customer.name} · {state}"


ORDER = register(
    RecordKind(
        code="order",
        label=_l("Orders"),
        one=_l("Order"),
        icon="shopping-cart",
        model=Order,
        endpoint="orders.show",
        view=Permission.Order.VIEW,
        edit=Permission.Order.EDIT,
        rows=lambda: select(Order).options(joinedload(Order.customer)),
        matching=_matching,
        show=_show,
        called=lambda order: order.number,
        fetch=access.order,
        reached=queries.reached,
        shielded=Shielded(
            fields={"phone": "recipient_phone", "address": "recipient_address"},
            keeper="handler_id",
            share=Permission.Order.SHARE,
            reveal=Permission.Order.REVEAL,
        ),
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
