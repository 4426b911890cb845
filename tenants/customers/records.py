"""Customers as a kind of record: what is masked, whose they are, how they are reached."""

from kit import personal
from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.accounts.records import RecordKind, register_record
from tenants.customers import access, queries
from tenants.customers.models import Customer

CUSTOMER = register_record(
    RecordKind(
        code="customer",
        label=_l("Customers"),
        model=Customer,
        name=lambda customer: customer.number,
        fetch=access.customer,
        reached=queries.reached,
        endpoint="customers.show",
        view=Permission.Customer.VIEW,
        edit=Permission.Customer.EDIT,
        share=Permission.Customer.SHARE,
        reveal=Permission.Customer.REVEAL,
        fields={name: name for name in ("phone", "document", "address", "email")},
        keeper="owner_id",
    )
)


def masked(customer: Customer) -> dict[str, str | None]:
    """Return the personal fields of a customer as they may be shown to anyone."""
    return {
        "phone": personal.mask_phone(customer.phone) if customer.phone_cipher else None,
        "document": personal.mask_document(customer.document) if customer.document_cipher else None,
        "address": personal.mask_address(customer.address) or None,
        "email": personal.mask_email(customer.email) if customer.email else None,
    }
