"""Questions about charges beyond the plan."""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from control.billing.models import BillingAccount, UsageCharge
from control.workspaces.models import Workspace
from kit.db import control_session


def charges() -> Select[UsageCharge]:
    """Return the list of all charges, to be filtered and paged."""
    return (
        select(UsageCharge)
        .join(BillingAccount, BillingAccount.id == UsageCharge.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .options(
            joinedload(UsageCharge.account).joinedload(BillingAccount.workspace),
            joinedload(UsageCharge.invoice),
        )
    )


def charges_of(account: BillingAccount) -> Select[UsageCharge]:
    """Return the list of an account's charges, to be filtered and paged."""
    return charges().where(UsageCharge.account_id == account.id)


def charges_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the charges of workspaces whose name or address has a word in it, or of an item."""
    return statement.where(
        or_(
            UsageCharge.stripe_id == word,
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
        )
    )


def find_charge(public_id: str) -> UsageCharge | None:
    """Return a charge by public id, or None."""
    return (
        control_session()
        .scalars(select(UsageCharge).where(UsageCharge.public_id == public_id))
        .one_or_none()
    )
