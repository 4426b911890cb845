"""Fetch carrier accounts by public id."""

from sqlalchemy import select

from kit.db import session
from kit.errors import Missing
from tenants.carriers.models import CarrierAccount


def account(public_id: str) -> CarrierAccount:
    """Return a carrier account; Missing when it is not there."""
    found = session().scalars(select(CarrierAccount).where(CarrierAccount.public_id == public_id))
    one = found.one_or_none()
    if one is None:
        raise Missing(public_id)
    return one
