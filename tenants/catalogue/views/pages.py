"""List, detail and form of products."""

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, clock
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import go, page
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.accounts.wording import Detail, describe
from tenants.catalogue import access, queries, services
from tenants.catalogue.forms import ProductForm, lines
from tenants.catalogue.history import as_events
from tenants.catalogue.labels import (
    DELIVERY_MODES,
    KINDS,
    PICKING,
    REPEAT_BY,
    TIMINGS,
    data_text,
    milestone_label,
)
from tenants.catalogue.models import DeliveryMode, PickingMode, Product, ProductKind, Timing
from tenants.catalogue.views.blueprint import blueprint
from tenants.catalogue.views.listing import LISTING, state_tag
from tenants.channels import queries as channels
from tenants.channels.history import fields_text
from tenants.records.timeline import together

EXPORTED = audit.Event.named("products:exported", "count", "filters")
describe_export(EXPORTED, _l("Products exported"), LISTING)
_LINES = ("photos", "regions_allowed", "regions_barred", "address_keywords_barred")
_BASIC = ("name", "code", "carrier", "kind")
_CONTENT = (
    "description",
    "monthly_amount",
    "data_mb",
    "targeted_data_mb",
    "voice_minutes",
    "sms_count",
    "contract_months",
    "promotion_months",
    "after_promotion",
    "first_topup_amount",
    "activation_note",
    "retail_amount",
    "carrier_amount",
    "delivery_modes",
    "picking",
    "age_min",
    "age_max",
    "repeat_days",
    "repeat_by",
    "max_per_person",
    "agreement",
)


def _field_labels() -> dict[str, object]:
    return {field.short_name: field.label.text for field in ProductForm(formdata=None)}


def _changed(names: list[str]) -> str:
    return fields_text(names, _field_labels())


describe(
    {"product:edited": _l("Product changed")},
    details={"changed": Detail(_l("Changed"), show=_changed)},
)


def _listed(_person: Any, _args: Mapping[str, str]) -> Select[Any]:
    return queries.listed_products(deleted=False)


SOURCE = offer_export(
    LISTING,
    _l("Products"),
    event=EXPORTED,
    permission=Permission.Product.VIEW,
    statement=_listed,
)


@blueprint.get("/")
@requires(Permission.Product.VIEW)
def index() -> BaseResponse:
    if "deleted" in request.args:
        # Where old addresses and saved views led.
        return redirect(url_for("recycle_bin.index", kind="product"))
    return LISTING.respond(
        SOURCE.statement(signed_in_user(), request.args),
        session(),
        "catalogue/index.html",
        can=signed_in_user().can,
        P=Permission,
    )


@blueprint.get("/<public_id>")
@requires(Permission.Product.VIEW)
def show(public_id: str) -> Response:
    product = access.product_or_deleted(public_id)
    blocked = channels.channels_by_id(product.blocked_channel_ids)
    return page(
        "catalogue/show.html",
        product=product,
        state_tag=state_tag(product),
        carrier=CARRIER_LABELS[Carrier(product.carrier)],
        kind=KINDS[ProductKind(product.kind)],
        picking=PICKING[PickingMode(product.picking)],
        delivery=[DELIVERY_MODES[DeliveryMode(mode)] for mode in product.delivery_modes],
        repeat_by=[REPEAT_BY[by] for by in product.repeat_by],
        blocked=[channel.name for channel in blocked.values()],
        data_text=data_text,
        rates=queries.rates_of(product),
        milestone_label=milestone_label,
        timing_label=lambda timing: TIMINGS[Timing(timing)],
        today=clock.today(),
        events=together("product", public_id, as_events(log_of(public_id, 100), _field_labels())),
        can=signed_in_user().can,
        P=Permission,
    )


def _content(form: ProductForm) -> dict[str, Any]:
    """Return what the form says of a product, as the verbs take it."""
    typed = form.typed(*_BASIC, *_CONTENT)
    typed |= {name: lines(form[name].data) for name in _LINES}
    blocked = channels.live_channels(form.blocked.data or [])
    typed["blocked_channel_ids"] = [channel.id for channel in blocked]
    typed["repeat_by"] = typed["repeat_by"] or []
    return {name: "" if value is None else value for name, value in typed.items()}


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Product.EDIT)
def new() -> BaseResponse:
    form = ProductForm(data={"delivery_modes": ["courier"], "repeat_by": list(REPEAT_BY)})
    if form.validate_on_submit():
        content = _content(form)
        if form.repeat_days.data is None:
            del content["repeat_days"]
        added = form.attempt(lambda: services.add_product(**content, by=signed_in_user()))
        if added is not None:
            return go(
                url_for("products.show", public_id=added.public_id),
                _("%(name)s has been added as a draft.", name=added.name),
            )
    return page(
        "catalogue/form.html",
        form=form,
        title=_("Add a product"),
        back=url_for("products.index"),
        http_status=form.status,
    )


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Product.EDIT)
def edit(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    back = url_for("products.show", public_id=public_id)
    form = ProductForm(data=_stands(product))
    if form.validate_on_submit():
        content = _content(form)
        if form.repeat_days.data is None:
            content["repeat_days"] = product.repeat_days
        changed = form.attempt(
            lambda: services.edit_product(
                product, version=form.version.data, **content, by=signed_in_user()
            )
        )
        if changed is not None:
            return go(back, _("Saved."))
    return page(
        "catalogue/form.html",
        form=form,
        title=_("Edit %(name)s", name=product.name),
        back=back,
        http_status=form.status,
    )


def _stands(product: Product) -> dict[str, Any]:
    """Return a product as the form shows it."""
    stands = {name: getattr(product, name) for name in (*_BASIC, *_CONTENT, "version")}
    stands |= {name: "\n".join(getattr(product, name)) for name in _LINES}
    blocked = channels.channels_by_id(product.blocked_channel_ids)
    stands["blocked"] = [channel.public_id for channel in blocked.values()]
    return stands
