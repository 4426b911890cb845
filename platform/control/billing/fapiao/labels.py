"""Words for fapiao, the same to operators and to workspaces."""

from control.billing.models import FapiaoBuyer, FapiaoKind, FapiaoState
from kit.i18n import lazy_gettext as _l
from kit.web import Tag

FAPIAO_KINDS = {
    FapiaoKind.ORDINARY: _l("Ordinary fapiao"),
    FapiaoKind.SPECIAL: _l("Special VAT fapiao"),
}
FAPIAO_BUYERS = {
    FapiaoBuyer.COMPANY: _l("Company"),
    FapiaoBuyer.PERSON: _l("Person"),
}
FAPIAO_STATES = {
    FapiaoState.REQUESTED: Tag(_l("Waits to be issued"), "azure"),
    FapiaoState.ISSUED: Tag(_l("Issued and sent"), "green"),
    FapiaoState.REJECTED: Tag(_l("Turned down"), "red"),
    FapiaoState.WITHDRAWN: Tag(_l("Request withdrawn"), "gray"),
}
FAPIAO_FIELDS = {
    "name": _l("Title of the fapiao"),
    "tax_number": _l("Tax number"),
    "address": _l("Registered address"),
    "phone": _l("Registered phone"),
    "bank": _l("Bank"),
    "bank_account": _l("Bank account"),
    "email": _l("Send it to"),
}
