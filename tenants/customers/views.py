"""Pages of customers."""

from enum import StrEnum
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from sqlalchemy import Select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, personal
from kit.db import session
from kit.errors import Refused
from kit.i18n import LANGUAGES, format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import MOST_IN_BACKGROUND, BulkVerb, back_url, do_with_each, go, page, register_verb
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.timeline import as_events, describe_export
from tenants.accounts.views.shielded import attach, hide_fields, masked_fields, share_url
from tenants.customers import access, queries, services
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.documents import check_document
from tenants.customers.forms import CustomerForm
from tenants.customers.kinds import CUSTOMER, masked
from tenants.customers.labels import DOCUMENT_KINDS
from tenants.customers.listing import (
    IN_FULL,
    LISTING,
    ONLY_IN_FILES,
    credit_tag,
    kind_tag,
    region,
)
from tenants.customers.models import Customer, CustomerKind, DocumentKind
from tenants.customers.services import NewCustomer
from tenants.records.timeline import together

blueprint = RealmBlueprint(
    "customers", __name__, realm=OFFICE, url_prefix="/customers", template_folder="templates"
)
blueprints = (blueprint,)
attach(blueprint, CUSTOMER, masked)

EXPORTED = audit.Event.named("customers:exported", "count", "filters")
describe_export(EXPORTED, _l("Customers exported"), LISTING)


def _listed(person: User, _args: Any) -> Select[Customer]:
    return (
        queries.live_customers()
        .where(queries.reached(reach_of(person, Permission.Customer.VIEW)))
        .options(selectinload(Customer.channel))
    )


SOURCE = offer_export(
    LISTING,
    _l("Customers"),
    event=EXPORTED,
    permission=Permission.Customer.VIEW,
    statement=_listed,
    full=IN_FULL,
    reveal=Permission.Customer.REVEAL,
    extra=ONLY_IN_FILES,
    hides_filters=True,
)
_DATA = (
    *("kind", "name", "contact_name", "phone", "email", "document_kind", "document", "born_on"),
    *("industry", "credit", "province", "city", "district", "address", "remark", "language"),
)


@blueprint.get("/")
@requires(Permission.Customer.VIEW)
def index() -> BaseResponse:
    return LISTING.respond(_rows(), session(), "customers/index.html")


def _rows() -> Select[Customer]:
    """Return the statement of the list: live customers within reach."""
    return SOURCE.statement(signed_in_user(), request.args)


@blueprint.get("/recycle-bin")
@requires(Permission.Customer.DELETE)
def recycle_bin() -> BaseResponse:
    """Lead on to the one recycle bin, from where customers had one of their own."""
    return redirect(url_for("recycle_bin.index", kind="customer"))


@blueprint.post("/delete-selected")
@requires(Permission.Customer.DELETE)
def delete_selected() -> BaseResponse:
    return do_with_each(
        DELETE,
        LISTING.selected(_rows(), session(), request.form, most=MOST_IN_BACKGROUND),
        person=signed_in_user(),
        back=back_url(url_for("customers.index")),
    )


def _called(customer: Customer) -> str:
    return f"{customer.number} {customer.name}"


DELETE = register_verb(
    BulkVerb(
        code="customers.delete",
        title=_l("Delete customers"),
        permission=Permission.Customer.DELETE,
        fetch=lambda key, person, _values: access.customer(
            key, reach_of(person, Permission.Customer.DELETE)
        ),
        act=lambda customer, person, _values: services.delete_customer(customer, by=person),
        name=_called,
    )
)


@blueprint.get("/<public_id>")
@requires(Permission.Customer.VIEW)
def show(public_id: str) -> Response:
    customer = access.customer(public_id, reach())
    return page(
        "customers/show.html",
        customer=customer,
        masked=masked_fields(CUSTOMER, customer, masked(customer)),
        share_url=share_url(CUSTOMER, customer),
        kind=kind_tag(customer.kind),
        credit=credit_tag(customer.credit),
        industry=INDUSTRY.words(customer.industry),
        document_kind=DOCUMENT_KINDS[DocumentKind(customer.document_kind)]
        if customer.document_kind
        else None,
        region=region(customer),
        language=LANGUAGES.get(customer.language or ""),
        events=together("customer", public_id, as_events(log_of(public_id))),
        disclose_url=_link("person.disclose", Permission.Customer.DISCLOSE, public_id),
        erase_url=_link("person.erase", Permission.Customer.ERASE, public_id),
    )


def _link(endpoint: str, permission: StrEnum, public_id: str) -> str | None:
    """Return the address of a page that a surface may have for a customer; None otherwise."""
    if endpoint not in current_app.view_functions or not signed_in_user().can(permission):
        return None
    return url_for(endpoint, public_id=public_id)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Customer.EDIT)
def new() -> BaseResponse:
    form = CustomerForm()
    _watch(form, url_for("customers.duplicates"))
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_customers(
                [_typed(form)],
                by=signed_in_user(),
                same_phone_confirmed=form.same_phone_confirmed.data,
            )
        )
        if added:
            return go(
                url_for("customers.show", public_id=added[0].public_id),
                _("Customer %(number)s has been added.", number=added[0].number),
            )
    return page(
        "customers/form.html",
        form=form,
        customer=None,
        title=_("Add a customer"),
        back=url_for("customers.index"),
        http_status=form.status,
    )


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Customer.EDIT)
def edit(public_id: str) -> BaseResponse:
    customer = access.customer(public_id, reach())
    back = url_for("customers.show", public_id=public_id)
    form = CustomerForm(obj=customer)
    kept = hide_fields(form, CUSTOMER, customer, masked(customer))
    return _edit(customer, form, back, kept=kept)


def _edit(
    customer: Customer, form: CustomerForm, back: str, *, kept: tuple[str, ...] = ()
) -> BaseResponse:
    _watch(form, url_for("customers.duplicates", apart_from=customer.public_id))
    form.industry.refill(INDUSTRY.options(keep=customer.industry))
    form.number.data = customer.number
    form.added_at.data = format_datetime(customer.created_at)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_customer(
                customer,
                _typed(form, customer, kept),
                version=form.version.data or 0,
                by=signed_in_user(),
                same_phone_confirmed=form.same_phone_confirmed.data,
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "customers/form.html",
        form=form,
        customer=customer,
        title=_("Change customer %(number)s", number=customer.number),
        back=back,
        http_status=form.status,
    )


def _typed(
    form: CustomerForm, customer: Customer | None = None, kept: tuple[str, ...] = ()
) -> NewCustomer:
    values: dict[str, Any] = {name: form[name].data for name in _DATA}
    for name in kept:
        values[name] = values[name] or getattr(customer, name)
    for name in set(_DATA) - {"document_kind", "born_on", "language"}:
        values[name] = values[name] or ""
    return NewCustomer(**values)


def _watch(form: CustomerForm, url: str) -> None:
    """Look for duplicates while phone and document are typed.

    By POST, though nothing is written: personal data must not stand in addresses and their logs.
    """
    for field in (form.phone, form.document):
        field.render_kw = {
            **(field.render_kw or {}),
            "hx-post": url,
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#duplicates",
            "hx-swap": "innerHTML",
            "hx-include": "closest form",
        }


@blueprint.post("/duplicates")
@requires(Permission.Customer.EDIT)
def duplicates() -> Response:
    """Say at once who has this phone number or document already, and what is wrong with it."""
    phone = request.form.get("phone", "").strip()[:30]
    document = request.form.get("document", "").strip()[:40]
    other = request.args.get("apart_from")
    apart_from = access.customer(other, reach()) if other else None
    wrong = _wrong_document(document)
    return page(
        "customers/duplicates.html",
        found=queries.duplicates(
            _whole_phone(phone), document if len(document) > 5 else None, apart_from=apart_from
        ),
        wrong=wrong,
    )


def _whole_phone(text: str) -> str | None:
    try:
        return personal.phone_number(text) if len(text) > 6 else None
    except ValueError:
        return None


def _wrong_document(text: str) -> str | None:
    """Return what is wrong with a document that looks completely typed."""
    kind = request.form.get("document_kind", "")
    whole = {DocumentKind.RESIDENT_ID: 18, DocumentKind.BUSINESS_LICENCE: 18}
    of = request.form.get("kind", "")
    if kind not in whole or of not in set(CustomerKind) or len(text) < whole[DocumentKind(kind)]:
        return None
    try:
        check_document(DocumentKind(kind), text, of=CustomerKind(of))
    except Refused as refusal:
        return str(refusal)
    return None


@blueprint.post("/<public_id>/delete")
@requires(Permission.Customer.DELETE)
def delete(public_id: str) -> BaseResponse:
    customer = access.customer(public_id, reach())
    services.delete_customer(customer, by=signed_in_user())
    return go(
        url_for("customers.index"),
        _("Customer %(number)s is in the recycle bin.", number=customer.number),
    )


@blueprint.post("/<public_id>/restore")
@requires(Permission.Customer.DELETE)
def restore(public_id: str) -> BaseResponse:
    customer = access.customer(public_id, reach())
    services.restore_customer(customer, by=signed_in_user())
    return go(
        url_for("customers.show", public_id=public_id),
        _("Customer %(number)s has been restored.", number=customer.number),
    )
