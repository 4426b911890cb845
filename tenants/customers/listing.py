"""The list of customers and the recycle bin."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import Select, or_, select

from kit.db import session
from kit.i18n import LANGUAGES, timezone
from kit.i18n import lazy_gettext as _l
from kit.personal import mask_address, mask_document, mask_email, mask_phone, national
from kit.web import BulkAction, Column, Filter, Formula, Grouping, Listing, Tag
from kit.web.listing.days import today
from kit.web.listing.sums import Named
from tenants.accounts.permissions import Permission
from tenants.channels.models import Channel
from tenants.customers import queries
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.labels import CREDIT_LEVELS, CUSTOMER_KINDS
from tenants.customers.models import CreditLevel, Customer, CustomerKind
from tenants.records.views.parts import tag_actions, tag_filter

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


def local_day(instant: dt.datetime) -> dt.date:
    """Return the day of an instant in the workspace's zone."""
    return instant.astimezone(timezone()).date()


def full_months(first: dt.date, last: dt.date) -> int:
    """Return the full months from one day to another."""
    months = 12 * (last.year - first.year) + last.month - first.month
    return max(0, months - (last.day < first.day))


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
    Column(
        "language",
        _l("Language"),
        value=lambda customer: LANGUAGES.get(customer.language or ""),
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
    tag_filter("customer", Customer.public_id, folded=True),
    Filter.text("region", _l("Region"), apply=_in_region, folded=True),
    Filter.date_range("added", _l("Added at"), column=Customer.created_at, folded=True),
]


def _channel_names(ids: Sequence[Any]) -> dict[Any, Named]:
    found = session().execute(select(Channel.id, Channel.name).where(Channel.id.in_(ids)))
    return {row.id: (row.name, {}) for row in found}


def _bulk() -> list[BulkAction]:
    tags = tag_actions("customer")
    if not current_user.can(Permission.Customer.DELETE):
        return tags
    return [
        *tags,
        BulkAction(
            _l("Delete"),
            lambda: url_for("customers.delete_selected"),
            icon="trash",
            confirm=_l("Move all that is selected to the recycle bin?"),
            danger=True,
        ),
    ]


LISTING = Listing(
    name="customers",
    columns=_COLUMNS,
    filters=_FILTERS,
    groupings=[
        Grouping(
            "kind", _l("Customer type"), Customer.kind, names=CUSTOMER_KINDS, parameter="kind"
        ),
        Grouping("credit", _l("Credit level"), Customer.credit, names=CREDIT_LEVELS),
        Grouping("province", _l("Region"), Customer.province, names={}, parameter="region"),
        Grouping("channel", _l("Channel"), Customer.channel_id, names=_channel_names),
    ],
    bulk=_bulk,
    jump=queries.place_of_number,
    jump_hint=_l("Customer number"),
    row_url=lambda customer: url_for("customers.show", public_id=customer.public_id),
    empty_title=_l("No customers yet"),
    empty_hint=_l("Add one, or bring them in from a file."),
    empty_icon="users",
)

IN_FULL = {
    "phone": lambda customer: national(customer.phone) or None,
    "document": lambda customer: customer.document or None,
    "address": lambda customer: customer.address or None,
    "email": lambda customer: customer.email or None,
}
"""The values of masked columns as they are, for files that say why."""

ONLY_IN_FILES = [
    Column("contact_name", _l("Contact person")),
    Column("address", _l("Address"), value=lambda one: mask_address(one.address) or None),
    Column("email", _l("E-mail"), value=lambda one: mask_email(one.email) if one.email else None),
    Column("remark", _l("Remark")),
    Formula(
        "months",
        _l("Cooperation period (months)"),
        value=lambda one: full_months(local_day(one.created_at), today()),
        kind="number",
        formula='DATEDIF({created_at},TODAY(),"m")',
    ),
]
"""Fields that an export may have beyond the list's columns (D066, D067)."""
