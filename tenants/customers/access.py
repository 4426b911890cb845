"""Fetch customers for the back office; what is not there is Missing (404)."""

from sqlalchemy import select

from kit.db import session
from kit.errors import Forbidden, Missing
from tenants.accounts.scopes import Reach
from tenants.customers import queries
from tenants.customers.models import Customer


def any_customer(public_id: str) -> Customer:
    """Return a customer for work that no person does; Missing when there is none."""
    found = queries.find_customer(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def customer(public_id: str, reach: Reach) -> Customer:
    """Return a customer, also one in the recycle bin.

    Missing when there is none, Forbidden when it is out of reach.
    """
    found = any_customer(public_id)
    statement = select(Customer.id).where(Customer.id == found.id, queries.reached(reach))
    if session().scalar(statement) is None:
        raise Forbidden(public_id)
    return found
