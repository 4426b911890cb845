"""Questions about carrier accounts."""

from collections.abc import Sequence

from sqlalchemy import select

from kit.db import session
from tenants.carriers.models import CarrierAccount


def active_accounts() -> Sequence[CarrierAccount]:
    """Return the accounts in use, by name."""
    return (
        session()
        .scalars(
            select(CarrierAccount).where(CarrierAccount.is_active).order_by(CarrierAccount.name)
        )
        .all()
    )
