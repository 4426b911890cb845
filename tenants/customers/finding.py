"""Find customers from everywhere."""

from collections.abc import Collection, Iterable

from flask import url_for

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.customers import queries
from tenants.customers.listing import masked_phone
from tenants.customers.models import Customer


def _find(text: str, limit: int) -> Iterable[Found]:
    seen = reach(Permission.Customer.VIEW)
    return map(_found, queries.search(text, reach=seen, limit=limit))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    within = queries.reached(reach(Permission.Customer.VIEW))
    chosen = queries.live_customers().where(Customer.public_id.in_(keys), within)
    return map(_found, session().scalars(chosen))


def _found(customer: Customer) -> Found:
    detail = " · ".join(filter(None, (customer.number, masked_phone(customer))))
    return Found(
        customer.public_id,
        customer.name,
        url_for("customers.show", public_id=customer.public_id),
        detail,
    )


FINDER = Finder(
    kind="customer",
    label=_l("Customers"),
    icon="users",
    permission=Permission.Customer.VIEW,
    find=_find,
    recall=_recall,
    endpoint="customers.show",
)
