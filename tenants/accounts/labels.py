"""How the groups of permissions read on the role page."""

from kit.i18n import lazy_gettext as _l

GROUPS = {
    "User": _l("People"),
    "Role": _l("Roles"),
    "Workspace": _l("Company profile"),
    "Channel": _l("Channels"),
    "Product": _l("Products"),
    "Number": _l("Numbers and SIM cards"),
    "Customer": _l("Customers"),
    "Order": _l("Orders"),
    "Settlement": _l("Settlement"),
    "Audit": _l("Audit log"),
}
