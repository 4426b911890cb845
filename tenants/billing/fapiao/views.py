"""Fapiao 发票: asked for about what was paid, followed, fetched."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.fapiao import queries
from control.billing.fapiao.labels import (
    FAPIAO_BUYERS,
    FAPIAO_FIELDS,
    FAPIAO_KINDS,
    FAPIAO_STATES,
)
from control.billing.fapiao.titles import masked
from control.billing.models import (
    BillingAccount,
    FapiaoBuyer,
    FapiaoKind,
    FapiaoRequest,
    FapiaoState,
    FapiaoTitle,
    Invoice,
)
from kit.db import control_session
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, for_payers, requires
from kit.web import Column, Listing, StatusTabs, go, page
from kit.web.stored import send_shut, send_stored
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.timeline import as_events
from tenants.accounts.wording import Detail, describe
from tenants.billing.fapiao import access, events, services
from tenants.billing.fapiao.forms import FapiaoForm
from tenants.billing.services import own_account

blueprint = RealmBlueprint(
    "fapiao",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/billing/fapiao",
    template_folder="../templates",
)
blueprints = (blueprint,)

describe(
    {
        events.ASKED.name: _l("Fapiao asked for"),
        events.WITHDRAWN.name: _l("Request for a fapiao withdrawn"),
        events.FORGOTTEN.name: _l("Title of a fapiao forgotten"),
        events.ISSUED.name: _l("Fapiao issued"),
        events.REJECTED.name: _l("Request for a fapiao rejected"),
        events.CORRECTED.name: _l("Red-letter note issued"),
        events.REVEALED.name: _l("Personal data of a fapiao's title revealed"),
    },
    details={
        "fapiao": Detail(_l("Kind of fapiao"), words=FAPIAO_KINDS),
        "fapiao_number": _l("Fapiao number"),
        "amount": Detail(_l("Amount"), show=lambda minor: f"{minor / 100:,.2f}"),
        "currency": _l("Currency"),
        "invoices": _l("Invoices"),
        "title": _l("Title of the fapiao"),
    },
    subjects={"FapiaoRequest": _l("Request for a fapiao")},
)

REQUESTS = Listing(
    "fapiao",
    [
        Column("title", _l("Title of the fapiao"), value="title.name", second="title.tax_number"),
        Column("kind", _l("Kind of fapiao"), kind="tag", tags=FAPIAO_KINDS),
        Column("state", _l("State"), kind="tag", tags=FAPIAO_STATES),
        Column("amount", _l("Amount"), kind="money", currency=lambda row: row.currency),
        Column("number", _l("Fapiao number"), copy=True, text=True),
        Column("issued_on", _l("Issued on"), kind="date"),
        Column("created_at", _l("Asked for on"), kind="datetime", sort=FapiaoRequest.id),
        Column("requester_name", _l("Asked for by"), hidden=True),
        Column("email", _l("Sent to"), hidden=True),
    ],
    tabs=StatusTabs(
        [(state.value, FAPIAO_STATES[state].label) for state in FapiaoState],
        column=FapiaoRequest.state,
        name="state",
    ),
    row_url=lambda row: url_for("fapiao.show", public_id=row.public_id),
    drawer=False,
    empty_title=_l("No fapiao asked for yet"),
    empty_hint=_l("One can be asked for about every invoice that is paid."),
    empty_icon="file-invoice",
)


@blueprint.get("/")
@for_payers
@requires(Permission.Billing.VIEW)
def index() -> BaseResponse:
    account = own_account()
    return REQUESTS.respond(
        queries.requests_of(account),
        control_session(),
        "billing/fapiao/index.html",
        askable=len(queries.askable(account)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def new() -> BaseResponse:
    """Ask for a fapiao: about one invoice or several, to a new title or one used before."""
    account = own_account()
    known = _known(account)
    titles = queries.titles(account)
    invoices = queries.askable(account)
    form = FapiaoForm(data=_first(account, known, invoices))
    form.offer(invoices, known)
    if form.validate_on_submit():
        found = form.attempt(
            lambda: services.ask(
                account,
                access.invoices(account, form.invoices.data or []),
                kind=FapiaoKind(form.kind.value),
                buyer=form.named(),
                known=known,
                email=form.email.data or "",
                by=signed_in_user(),
            )
        )
        if found is not None and not form.refused:
            return go(
                url_for("fapiao.show", public_id=found.public_id),
                _("The fapiao is asked for. You are told by mail when it is issued."),
            )
    return page(
        "billing/fapiao/new.html",
        form=form,
        invoices=invoices,
        titles=titles,
        known=known,
        buyers=FAPIAO_BUYERS,
        chosen=request.args.getlist("invoice"),
        http_status=form.status,
    )


def _known(account: BillingAccount) -> FapiaoTitle | None:
    """Return the remembered title that was chosen, the last used one until one is chosen."""
    asked = request.args.get("title")
    if asked is None:
        return next(iter(queries.titles(account)), None)
    return access.title(account, asked) if asked else None


def _first(
    account: BillingAccount, known: FapiaoTitle | None, invoices: Sequence[Invoice]
) -> dict[str, Any]:
    """Return what the form begins with; where one invoice alone is there, it is the one."""
    asked = request.args.getlist("invoice")
    first: dict[str, Any] = {
        "invoices": asked or [one.public_id for one in invoices if len(invoices) == 1],
        "email": account.billing_email or signed_in_user().email or "",
    }
    if known is not None:
        first |= {
            "buyer": known.buyer,
            "name": known.name,
            "tax_number": known.tax_number,
            "bank": known.bank,
            "email": known.email,
        }
    return first


@blueprint.get("/<public_id>")
@for_payers
@requires(Permission.Billing.VIEW)
def show(public_id: str) -> Response:
    found = access.fapiao(own_account(), public_id)
    return page(
        "billing/fapiao/show.html",
        found=found,
        title=found.title,
        masked=masked(found.title),
        state=FAPIAO_STATES[FapiaoState(found.state)],
        kind=FAPIAO_KINDS[FapiaoKind(found.kind)],
        buyer=FAPIAO_BUYERS[FapiaoBuyer(found.title.buyer)],
        fields=FAPIAO_FIELDS,
        is_open=found.state == FapiaoState.REQUESTED,
        events=as_events(log_of(found.public_id)),
    )


@blueprint.post("/<public_id>/withdraw")
@for_payers
@requires(Permission.Billing.MANAGE)
def withdraw(public_id: str) -> BaseResponse:
    services.withdraw(access.fapiao(own_account(), public_id), by=signed_in_user())
    return go(url_for("fapiao.show", public_id=public_id), _("The request is withdrawn."))


@blueprint.get("/<public_id>/file")
@for_payers
@requires(Permission.Billing.VIEW)
def document(public_id: str) -> Response:
    found = access.fapiao(own_account(), public_id)
    if found.file_key is None:
        raise Missing(public_id)
    return _sent(found.file_key, found.file_type or "", found.file_name or "")


@blueprint.get("/<public_id>/notes/<note>")
@for_payers
@requires(Permission.Billing.VIEW)
def red_letter(public_id: str, note: str) -> Response:
    found = access.correction(own_account(), public_id, note)
    return _sent(found.file_key, found.file_type, found.file_name)


def _sent(key: str, media_type: str, name: str) -> Response:
    """Show a PDF; browsers cannot show an OFD, so it is saved."""
    if media_type == "application/pdf":
        return send_shut(key, mimetype=media_type, download_name=name)
    return send_stored(key, mimetype=media_type, download_name=name, as_attachment=True)


@blueprint.post("/titles/<public_id>/forget")
@for_payers
@requires(Permission.Billing.MANAGE)
def forget_title(public_id: str) -> BaseResponse:
    account = own_account()
    services.forget(account, access.title(account, public_id), by=signed_in_user())
    return go(url_for("fapiao.new"), _("The title is not offered any more."))
