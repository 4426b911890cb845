"""Customers as a kind of record; logs and messages call them by number, never by name."""

from kit import personal
from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, Shielded, register
from tenants.accounts.permissions import Permission
from tenants.customers import access, queries, services
from tenants.customers.listing import masked_phone
from tenants.customers.models import Customer
from tenants.records.bins import bin_of, register_bin


def _show(customer: Customer) -> tuple[str, str]:
    return customer.name, " · ".join(filter(None, (customer.number, masked_phone(customer))))


CUSTOMER = register(
    RecordKind(
        code="customer",
        label=_l("Customers"),
        one=_l("Customer"),
        icon="users",
        model=Customer,
        endpoint="customers.show",
        view=Permission.Customer.VIEW,
        edit=Permission.Customer.EDIT,
        rows=queries.live_customers,
        matching=queries.matching,
        show=_show,
        called=lambda customer: customer.number,
        fetch=access.customer,
        reached=queries.reached,
        shielded=Shielded(
            fields={name: name for name in ("phone", "document", "address", "email")},
            keeper="owner_id",
            share=Permission.Customer.SHARE,
            reveal=Permission.Customer.REVEAL,
        ),
    )
)
BIN = register_bin(
    bin_of(
        CUSTOMER,
        Permission.Customer.DELETE,
        event="customer:deleted",
        restore=lambda row, by: services.restore_customer(row, by=by),
        purge=lambda row, by: services.purge_customer(row, by=by),
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
