"""The list of customers and the recycle bin."""

from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import Select, or_

from kit.i18n import lazy_gettext as _l
from kit.personal import mask_document, mask_phone
from kit.web import Column, Filter, Listing, RowAction, Tag
from tenants.accounts.permissions import Permission
from tenants.customers import queries
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.labels import CREDIT_LEVELS, CUSTOMER_KINDS
from tenants.customers.models import CreditLevel, Customer, CustomerKind

_KIND_COLOURS = {
    CustomerKind.PERSON: "azure",
    CustomerKind.ENTERPRISE: "indigo",
    CustomerKind.GOVERNMENT: "purple",
}
_CREDIT_COLOURS = {CreditLevel.GOOD: "green", CreditLevel.WATCH: "orange"}


def kind_tag(kind: str) -> Tag:
    """Return a customer's type as a coloured word."""
    known = CustomerKind(kind)
    return Tag(CUSTOMER_KINDS[known], _KIND_COLOURS[known])


def credit_tag(level: str) -> Tag:
    """Return a credit level as a coloured word."""
    known = CreditLevel(level)
    return Tag(CREDIT_LEVELS[known], _CREDIT_COLOURS.get(known, "gray"))


def masked_phone(customer: Customer) -> str | None:
    """Return a customer's phone number with its middle hidden."""
    return mask_phone(customer.phone) if customer.phone_cipher else None


def masked_document(customer: Customer) -> str | None:
    """Return a customer's document number with its middle hidden."""
    return mask_document(customer.document) if customer.document_cipher else None


def region(customer: Customer) -> str | None:
    """Return where a customer lives, down to the district."""
    parts = (customer.province, customer.city, customer.district)
    return " ".join(part for part in parts if part) or None


def _where(condition: Any) -> Any:
    def narrow(statement: Select[Any], text: str) -> Select[Any]:
        return statement.where(condition(text))

    return narrow


def _in_region(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(
        or_(
            Customer.province.startswith(text, autoescape=True),
            Customer.city.startswith(text, autoescape=True),
        )
    )


_COLUMNS = [
    Column("number", _l("Customer number"), copy=True, text=True, width="sm"),
    Column("name", _l("Name"), second="contact_name", sort=Customer.sort_key),
    Column("kind", _l("Customer type"), kind="tag", tags=kind_tag),
    Column("phone", _l("Phone"), value=masked_phone, text=True),
    Column("document", _l("Document number"), value=masked_document, text=True),
    Column("region", _l("Region"), value=region),
    Column("credit", _l("Credit level"), kind="tag", tags=credit_tag),
    Column("channel", _l("Channel"), value="channel.name"),
    Column(
        "industry",
        _l("Industry"),
        value=lambda customer: INDUSTRY.words(customer.industry),
        hidden=True,
    ),
    Column("created_at", _l("Added at"), kind="datetime"),
]
_FILTERS = [
    Filter.text("name", _l("Name or pinyin"), apply=_where(queries.with_name)),
    Filter.text(
        "phone",
        _l("Phone"),
        apply=_where(queries.with_phone),
        placeholder=_l("Last 4 digits or all"),
    ),
    Filter.text("number", _l("Customer number"), apply=_where(queries.with_number)),
    Filter.text(
        "document", _l("Document number"), apply=_where(queries.with_document), folded=True
    ),
    Filter.choice("kind", _l("Customer type"), list(CUSTOMER_KINDS.items()), column=Customer.kind),
    Filter.choice(
        "industry", _l("Industry"), INDUSTRY.options, column=Customer.industry, folded=True
    ),
    Filter.text("region", _l("Region"), apply=_in_region, folded=True),
    Filter.date_range("added", _l("Added at"), column=Customer.created_at, folded=True),
]

LISTING = Listing(
    name="customers",
    columns=_COLUMNS,
    filters=_FILTERS,
    row_url=lambda customer: url_for("customers.show", public_id=customer.public_id),
    empty_title=_l("No customers yet"),
    empty_hint=_l("Add one, or bring them in from a file."),
    empty_icon="users",
)

RECYCLE_BIN = Listing(
    name="deleted-customers",
    columns=[*_COLUMNS, Column("deleted_at", _l("Deleted at"), kind="datetime")],
    filters=_FILTERS[:3],
    row_url=lambda customer: url_for("customers.show", public_id=customer.public_id),
    actions=[
        RowAction(
            _l("Restore"),
            lambda customer: url_for("customers.restore", public_id=customer.public_id),
            post=True,
            visible=lambda _: bool(current_user.can(Permission.Customer.DELETE)),
        )
    ],
    exportable=False,
    empty_title=_l("The recycle bin is empty"),
    empty_hint=_l("Deleted customers stay here until you restore them."),
    empty_icon="trash",
)
