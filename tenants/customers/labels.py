"""How the words of customers read."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.customers.models import CreditLevel, CustomerKind, DocumentKind

CUSTOMER_KINDS = {
    CustomerKind.PERSON: _l("Person"),
    CustomerKind.ENTERPRISE: _l("Enterprise"),
    CustomerKind.GOVERNMENT: _l("Government"),
}

DOCUMENT_KINDS = {
    DocumentKind.RESIDENT_ID: _l("Resident identity card"),
    DocumentKind.PASSPORT: _l("Passport"),
    DocumentKind.RESIDENCE_PERMIT: _l("Residence permit"),
    DocumentKind.BUSINESS_LICENCE: _l("Business licence"),
    DocumentKind.OTHER: _l("Other document"),
}

CREDIT_LEVELS = {
    CreditLevel.NORMAL: _l("Normal credit"),
    CreditLevel.GOOD: _l("Good credit"),
    CreditLevel.WATCH: _l("Watch credit"),
}

# The same under the short names that imports use.
KINDS, DOCUMENTS = CUSTOMER_KINDS, DOCUMENT_KINDS

FIELDS = {
    "kind": _l("Customer type"),
    "name": _l("Name"),
    "contact_name": _l("Contact person"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "industry": _l("Industry"),
    "credit": _l("Credit level"),
    "document_kind": _l("Document"),
    "document": _l("Document number"),
    "born_on": _l("Birth date"),
    "province": _l("Province"),
    "city": _l("City"),
    "district": _l("District"),
    "address": _l("Address"),
    "remark": _l("Remark"),
    "language": _l("Language"),
}

describe(
    {
        "customer:added": _l("Customer added"),
        "customer:edited": _l("Customer changed"),
        "customer:deleted": _l("Customer deleted"),
        "customer:restored": _l("Customer restored"),
        "customer:purged": _l("Customer destroyed"),
        "customer:revealed": _l("Personal data revealed"),
        "customer:erased": _l("Person erased"),
        "customer:disclosed": _l("Data given to the person"),
        "customers:exported": _l("Customers exported"),
    },
    details={
        "kind": Detail(_l("Customer type"), CUSTOMER_KINDS),
        "fields": Detail(_l("Changed"), FIELDS),
        "field": Detail(_l("Field"), FIELDS),
        "orders": Detail(_l("Orders")),
        "number": _l("Customer number"),
    },
    subjects={"Customer": _l("Customer")},
)
