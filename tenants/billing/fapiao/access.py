"""What people reach of their workspace's fapiao: only its own."""

from control.billing.fapiao import queries
from control.billing.models import (
    BillingAccount,
    FapiaoCorrection,
    FapiaoRequest,
    FapiaoTitle,
    Invoice,
)
from kit.errors import Missing


def fapiao(account: BillingAccount, public_id: str) -> FapiaoRequest:
    """Return a request of an account; Missing for one of another."""
    found = queries.find_request(public_id, account=account)
    if found is None:
        raise Missing(public_id)
    return found


def correction(account: BillingAccount, public_id: str, note: str) -> FapiaoCorrection:
    """Return a red-letter note to a fapiao of an account; Missing for one of another."""
    found = queries.find_correction(fapiao(account, public_id), note)
    if found is None:
        raise Missing(note)
    return found


def title(account: BillingAccount, public_id: str) -> FapiaoTitle:
    """Return a title that an account's people are offered; Missing for any other."""
    found = queries.find_title(account, public_id)
    if found is None:
        raise Missing(public_id)
    return found


def invoices(account: BillingAccount, public_ids: list[str]) -> list[Invoice]:
    """Return invoices of an account; Missing when one of them is another's."""
    found = list(queries.invoices_named(account, public_ids))
    if len(found) != len(set(public_ids)):
        raise Missing(", ".join(public_ids))
    return found
