"""Fetch customers for the back office; what is not there is Missing (404)."""

from kit.errors import Missing
from tenants.customers import queries
from tenants.customers.models import Customer


def customer(public_id: str) -> Customer:
    """Return a customer, also one in the recycle bin; Missing when there is none."""
    found = queries.find_customer(public_id)
    if found is None:
        raise Missing(public_id)
    return found
