"""The list of products."""

from flask import url_for

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, Tag
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.catalogue import queries
from tenants.catalogue.labels import KINDS, STATE_COLOURS, STATES, data_text
from tenants.catalogue.models import Product, ProductKind, ProductState


def state_tag(product: Product) -> Tag:
    """Return whether a product can be sold, as a coloured word."""
    if product.deleted_at is not None:
        return Tag(_l("Deleted"), "gray")
    state = ProductState(product.state)
    return Tag(STATES[state], STATE_COLOURS[state])


def _plan(product: Product) -> str:
    parts = []
    if product.data_mb:
        parts.append(data_text(product.data_mb))
    if product.targeted_data_mb:
        parts.append("+" + data_text(product.targeted_data_mb))
    if product.voice_minutes:
        parts.append(_("%(count)s min", count=product.voice_minutes))
    return " ".join(parts)


def _may_edit(product: Product) -> bool:
    return product.deleted_at is None and signed_in_user().can(Permission.Product.EDIT)


LISTING = Listing(
    name="products",
    columns=[
        Column("name", _l("Product name"), second="code", width="lg"),
        Column("code", _l("Product code"), copy=True, text=True, hidden=True),
        Column(
            "carrier",
            _l("Carrier"),
            kind="tag",
            tags=lambda value: CARRIER_LABELS[Carrier(value)],
        ),
        Column("kind", _l("Kind"), kind="tag", tags=lambda value: KINDS[ProductKind(value)]),
        Column("monthly_amount", _l("Monthly fee"), kind="money"),
        Column("plan", _l("Plan content"), value=_plan),
        Column("retail_amount", _l("Retail price"), kind="money"),
        Column("contract_months", _l("Contract period"), kind="number"),
        Column("state", _l("State"), value=state_tag, kind="tag"),
        Column("created_at", _l("Added at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.search(
            lambda statement, text: statement.where(queries.matches(text)),
            label=_l("Name or code"),
        ),
        Filter.choice(
            "carrier", _l("Carrier"), list(CARRIER_LABELS.items()), column=Product.carrier
        ),
        Filter.choice("kind", _l("Kind"), list(KINDS.items()), column=Product.kind),
    ],
    tabs=StatusTabs(list(STATES.items()), column=Product.state),
    row_url=lambda one: url_for("products.show", public_id=one.public_id),
    actions=[
        RowAction(
            _l("Edit"),
            lambda one: url_for("products.edit", public_id=one.public_id),
            visible=_may_edit,
        ),
        RowAction(
            _l("Put on the shelf"),
            lambda one: url_for("products.put_on_shelf", public_id=one.public_id),
            post=True,
            visible=lambda one: _may_edit(one) and one.state != ProductState.ON_SHELF,
        ),
        RowAction(
            _l("Take off the shelf"),
            lambda one: url_for("products.take_off_shelf", public_id=one.public_id),
            post=True,
            visible=lambda one: _may_edit(one) and one.state == ProductState.ON_SHELF,
            confirm=lambda one: _("Take %(name)s off the shelf?", name=one.name),
        ),
        RowAction(
            _l("Delete"),
            lambda one: url_for("products.delete", public_id=one.public_id),
            post=True,
            danger=True,
            visible=lambda one: _may_edit(one) and one.state != ProductState.ON_SHELF,
            confirm=lambda one: _(
                "Delete the product %(name)s (%(code)s)?", name=one.name, code=one.code
            ),
        ),
    ],
    empty_title=_l("No products yet"),
    empty_hint=_l("Add the first product, set its rates and put it on the shelf."),
    empty_icon="package",
)
