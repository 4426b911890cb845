"""What a workspace must still have after a restore: counts, sums, and the files it speaks of."""

from sqlalchemy import func, select

from kit.db import session
from tenants.accounts.models import Profile
from tenants.bulk.models import Export, Import
from tenants.orders.models import Order
from tenants.records.models import Attachment, Document
from tenants.settlement.models import Entry, Payout
from tenants.setup.models import ContactCard, Feedback

FILES = (
    Profile.logo_key,
    Payout.proof_key,
    ContactCard.qr_key,
    Feedback.file_key,
    Attachment.file_key,
    Document.file_key,
)
"""The columns that name files kept for good."""
PASSING_FILES = (Import.file_key, Export.file_key)
"""Columns that name files which go when their work ends."""


def workspace_facts() -> dict[str, int]:
    """Return how many orders and ledger entries the open workspace has, and the ledger's sums."""
    orders = session().scalar(select(func.count()).select_from(Order)) or 0
    ledger = (
        session()
        .execute(
            select(
                func.count(),
                func.coalesce(func.sum(Entry.amount), 0),
                func.coalesce(func.sum(func.abs(Entry.amount)), 0),
            )
        )
        .one()
    )
    session().rollback()
    return {
        "orders": orders,
        "entries": ledger[0],
        "ledger_sum": int(ledger[1]),
        "ledger_turnover": int(ledger[2]),
    }


def workspace_files() -> list[str]:
    """Return the keys of the files that the open workspace keeps for good."""
    keys = [
        key
        for column in FILES
        for key in session().scalars(select(column).where(column.is_not(None)))
        if key
    ]
    session().rollback()
    return keys
