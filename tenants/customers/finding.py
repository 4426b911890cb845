"""Find customers from everywhere, and let them carry what any record may have."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.accounts.scopes import reach_of
from tenants.customers import access, queries, services
from tenants.customers.listing import masked_phone
from tenants.customers.models import Customer
from tenants.records.kinds import Bin, Binned, RecordKind, deleted_by, register, register_bin


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
RECORD = register(RecordKind(finder=FINDER, fetch=access.customer, edit=Permission.Customer.EDIT))


def _deleted(person: User | None) -> Binned:
    statement = select(
        Customer.id,
        Customer.public_id,
        Customer.name,
        Customer.deleted_at,
        deleted_by(Customer.public_id, "customer:deleted"),
    ).where(Customer.deleted_at.is_not(None))
    if person is None:
        return statement
    return statement.where(queries.reached(reach_of(person, Permission.Customer.DELETE)))


def _fetch(public_id: str, person: User | None) -> Customer:
    if person is None:
        return access.any_customer(public_id)
    return access.customer(public_id, reach_of(person, Permission.Customer.DELETE))


BIN = register_bin(
    Bin(
        code=FINDER.kind,
        label=FINDER.label,
        icon=FINDER.icon,
        permission=Permission.Customer.DELETE,
        deleted=_deleted,
        fetch=_fetch,
        restore=lambda row, by: services.restore_customer(row, by=by),
        purge=lambda row, by: services.purge_customer(row, by=by),
    )
)
