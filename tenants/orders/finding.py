"""Find orders from everywhere, and let them carry what any record may have."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.orders import access, queries
from tenants.orders.labels import ORDER
from tenants.orders.models import Order
from tenants.orders.states import OrderState
from tenants.records.kinds import RecordKind, register


def _reached() -> Select[Order]:
    within = queries.reached(reach(Permission.Order.VIEW))
    return select(Order).where(within).options(joinedload(Order.customer))


def _find(text: str, limit: int) -> Iterable[Found]:
    newest = queries.matching(_reached(), text).order_by(Order.id.desc()).limit(limit)
    return map(_found, session().scalars(newest))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    return map(_found, session().scalars(_reached().where(Order.public_id.in_(keys))))


def _found(order: Order) -> Found:
    return Found(
        order.public_id,
        str(_("Order %(number)s", number=order.number)),
        url_for("orders.show", public_id=order.public_id),
        f"{order.customer.name} · {ORDER[OrderState(order.state)]}",
    )


FINDER = Finder(
    kind="order",
    label=_l("Orders"),
    icon="shopping-cart",
    permission=Permission.Order.VIEW,
    find=_find,
    recall=_recall,
    endpoint="orders.show",
)
RECORD = register(RecordKind(finder=FINDER, fetch=access.order, edit=Permission.Order.EDIT))
