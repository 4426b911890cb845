"""Fetch people and roles for the back office; what is not there is Missing (404)."""

from kit.errors import Missing
from tenants.accounts import queries
from tenants.accounts.models import Role, Unit, User


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


def role(public_id: str) -> Role:
    """Return a role of the workspace; Missing when there is none."""
    found = queries.find_role(public_id)
    if found is None:
        raise Missing(public_id)
    return found
