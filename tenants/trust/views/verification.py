"""Verification of the company: what was handed in, how it stands, and what it opens."""

from typing import Any, BinaryIO, cast

from flask import Response, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from control.verification.models import VerificationState
from control.verification.papers import LICENCE
from control.verification.queries import verification_of
from control.verification.services import missing
from kit import clock, personal, tenancy
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, requires
from kit.web import go, page
from kit.web.stored import send_shut
from tenants.accounts.dictionary import Carrier
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, current_session, signed_in_user
from tenants.accounts.timeline import as_events
from tenants.trust import access, services
from tenants.trust.forms import AuthorisationForm, CompanyForm, HandInForm
from tenants.trust.labels import VERIFICATION_FIELDS, VERIFICATION_STATES, carrier_name

blueprint = RealmBlueprint(
    "verification",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/verification",
    template_folder="../templates",
)


@blueprint.get("/")
@requires(Permission.Workspace.VERIFY)
def show() -> Response:
    return _page(HandInForm())


def _page(form: HandInForm) -> Response:
    workspace = tenancy.current()
    found = verification_of(workspace.id)
    return page(
        "trust/verification.html",
        found=found,
        is_verified=workspace.is_verified,
        state=VERIFICATION_STATES[VerificationState(found.state)] if found else None,
        fields=VERIFICATION_FIELDS,
        masked=_masked(),
        carriers=[(one, carrier_name(one.carrier)) for one in found.authorisations]
        if found
        else [],
        missing=[VERIFICATION_FIELDS[name] for name in missing(found)],
        may_be_changed=found is None or found.may_be_changed,
        is_passed=found is not None and found.state == VerificationState.PASSED,
        today=clock.today(),
        form=form,
        licence=LICENCE,
        events=as_events(log_of(found.public_id)) if found else [],
        http_status=form.status,
    )


def _masked() -> dict[str, str]:
    found = verification_of(tenancy.current().id)
    if found is None:
        return {"representative": "", "document": ""}
    return {
        "representative": personal.mask_name(found.representative),
        "document": personal.mask_document(found.document) if found.document_cipher else "",
    }


def _scan(file: FileStorage | None) -> tuple[BinaryIO, str] | None:
    if file is None or not file.filename:
        return None
    return cast("BinaryIO", file.stream), file.filename


@blueprint.route("/company", methods=["GET", "POST"])
@requires(Permission.Workspace.VERIFY)
def company() -> BaseResponse:
    found = verification_of(tenancy.current().id)
    known: dict[str, Any] = (
        {
            "legal_name": found.legal_name,
            "credit_code": found.credit_code,
            "version": found.version,
        }
        if found
        else {"version": 1}
    )
    form = CompanyForm(data=known)
    form.mask(**_masked())
    if form.validate_on_submit():
        form.attempt(
            lambda: services.describe_company(
                legal_name=form.legal_name.data,
                credit_code=form.credit_code.data,
                representative=form.representative.data or "",
                document=form.document.data or "",
                licence=_scan(form.licence.data),
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("verification.show"), _("Saved."))
    return page(
        "trust/form.html",
        form=form,
        title=_("Company"),
        remarks=found.remarks if found else {},
        fields=VERIFICATION_FIELDS,
        http_status=form.status,
    )


@blueprint.route("/authorisations/new", methods=["GET", "POST"])
@requires(Permission.Workspace.VERIFY)
def new_authorisation() -> BaseResponse:
    form = AuthorisationForm()
    if form.validate_on_submit():
        scan = _scan(form.scan.data)
        assert scan is not None
        form.attempt(
            lambda: services.add_authorisation(
                Carrier(form.carrier.value),
                valid_until=form.valid_until.value,
                scan=scan,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("verification.show"), _("Saved."))
    return page(
        "trust/form.html",
        form=form,
        title=_("Authorisation of a carrier"),
        remarks={},
        fields=VERIFICATION_FIELDS,
        http_status=form.status,
    )


@blueprint.post("/authorisations/<public_id>/remove")
@requires(Permission.Workspace.VERIFY)
def remove_authorisation(public_id: str) -> BaseResponse:
    services.remove_authorisation(access.authorisation(public_id), by=signed_in_user())
    return go(url_for("verification.show"), _("The authorisation is removed."))


@blueprint.get("/papers/<which>")
@requires(Permission.Workspace.VERIFY)
def paper(which: str) -> Response:
    found = access.paper(which)
    return send_shut(found.key, mimetype=found.media_type, download_name=found.name)


@blueprint.post("/hand-in")
@requires(Permission.Workspace.VERIFY)
def hand_in() -> BaseResponse:
    form = HandInForm()
    if form.validate():
        form.attempt(
            lambda: services.hand_in(
                current_session(), password=form.password.data, by=signed_in_user()
            )
        )
    if form.refused:
        return _page(form)
    return go(url_for("verification.show"), _("It is handed in; you are told by mail."))


@blueprint.post("/take-back")
@requires(Permission.Workspace.VERIFY)
def take_back() -> BaseResponse:
    services.take_back(by=signed_in_user())
    return go(url_for("verification.show"), _("You can change it now."))
