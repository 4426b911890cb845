"""Fetch people and roles for the back office; what is not there is Missing (404)."""

from kit.errors import Forbidden, Missing
from tenants.accounts import queries
from tenants.accounts.models import Role, Unit, User
from tenants.accounts.scopes import Reach


def user(public_id: str) -> User:
    """Return a person of the workspace; Missing when there is none."""
    found = queries.find_user(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def unit(public_id: str) -> Unit:
    """Return an organisation unit of the workspace; Missing when there is none."""
    found = queries.find_unit(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def reached_unit(public_id: str, reach: Reach) -> Unit:
    """Return a unit that is to be changed; Forbidden outside what is reached.

    Whoever could move another's unit below his own would reach its people and channels.
    """
    found = unit(public_id)
    if not reach.is_everything and found.id not in reach.unit_ids:
        raise Forbidden(public_id)
    return found


def role(public_id: str) -> Role:
    """Return a role of the workspace; Missing when there is none."""
    found = queries.find_role(public_id)
    if found is None:
        raise Missing(public_id)
    return found
