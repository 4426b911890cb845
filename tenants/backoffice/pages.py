"""Where each kind of record is shown: for the links of the operation log."""

from tenants.accounts.permissions import Permission
from tenants.accounts.wording import link_records

P = Permission
PAGES = {
    "Approval": ("approvals.show", P.Approval.VIEW),
    "ApprovalFlow": ("approval_flows.show", P.Approval.EDIT),
    "Article": ("help.own", P.Help.EDIT),
    "CarrierAccount": ("carriers.show", P.Order.IMPORT),
    "Channel": ("channels.show", P.Channel.VIEW),
    "Customer": ("customers.show", P.Customer.VIEW),
    "Feedback": ("help.report", P.Help.ANSWER),
    "Import": ("imports.show", P.Customer.EDIT),
    "Number": ("numbers.show", P.Number.VIEW),
    "NumberPool": ("pools.show", P.Number.VIEW),
    "Order": ("orders.show", P.Order.VIEW),
    "Product": ("products.show", P.Product.VIEW),
    "Role": ("accounts.role", P.Role.VIEW),
    "SettlementRun": ("settlement.run", P.Settlement.VIEW),
    "SimCard": ("cards.show", P.Number.VIEW),
    "SupportGrant": ("support.show", P.Workspace.SUPPORT),
    "Unit": ("accounts.unit", P.Unit.VIEW),
    "User": ("accounts.user", P.User.VIEW),
}


def link_all() -> None:
    """Tell the operation log where each kind of record is shown."""
    link_records(PAGES)
