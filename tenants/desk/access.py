"""Fetch saved views with the right to them."""

from kit.errors import Missing
from tenants.accounts.models import User
from tenants.desk import queries
from tenants.desk.models import SavedView


def view(public_id: str, user: User) -> SavedView:
    """Return a view that a person is offered; Missing for one that is not his to see."""
    found = queries.find_view(public_id)
    if found is None or not queries.is_offered(found, user):
        raise Missing(public_id)
    return found
