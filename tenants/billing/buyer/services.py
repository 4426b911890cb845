"""Name who stands on invoices; the control plane does it, this workspace's own log says so."""

from control.billing import buyers
from control.billing.buyers import Named
from control.billing.models import BillingAccount
from kit import audit
from kit.db import transaction
from tenants.accounts.models import User
from tenants.billing.buyer import events


def name_buyer(
    account: BillingAccount, named: Named, *, email: str, version: int, by: User
) -> None:
    """Write down who stands on invoices; Refused for a tax number that cannot be one."""
    buyers.name_buyer(account, named, email=email, version=version, by=by)
    with transaction(even_read_only=True):
        audit.record(
            events.CHANGED,
            by,
            by=by,
            name=named.name,
            country=named.country,
            tax_id=named.tax_id if named.tax_kind else "",
        )
