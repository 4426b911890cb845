"""Customers as records that people follow and are reminded of; named by number, never by name."""

from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.customers.models import Customer
from tenants.customers.queries import reached
from tenants.notices.kinds import RecordKind, register_record


def _name(public_id: str, person: User) -> str | None:
    reach = reach_of(person, Permission.Customer.VIEW)
    found = session().scalar(
        select(Customer).where(
            Customer.public_id == public_id, Customer.deleted_at.is_(None), reached(reach)
        )
    )
    return found.number if found else None


CUSTOMER = register_record(RecordKind("customer", _l("Customer"), "/customers/{id}", _name))
