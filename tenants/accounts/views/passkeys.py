"""One's own passkeys, and what pages of passkeys have in common."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import signed_in
from kit.security.passkeys import Site
from kit.settings import get_settings
from kit.web import go
from tenants.accounts import services
from tenants.accounts.forms import NewPasskeyForm
from tenants.accounts.realm import ask_proof, session_token, signed_in_user
from tenants.accounts.views.blueprint import blueprint
from tenants.accounts.views.shown_once import codes_page


def site() -> Site:
    """Return the host of this request, which a passkey is good for."""
    scheme = "http" if get_settings().is_development else "https"
    return Site(request.host.partition(":")[0], f"{scheme}://{request.host}")


def as_options(json: str) -> Response:
    """Answer a script with what it hands to the browser."""
    return Response(json, mimetype="application/json", headers={"Cache-Control": "no-store"})


def _proof() -> BaseResponse | None:
    return ask_proof(back=url_for("accounts.second_step"))


@blueprint.post("/account/passkeys/options")
@signed_in
def passkey_options() -> BaseResponse:
    if ask := _proof():
        return ask
    return as_options(services.ask_to_make(signed_in_user(), session_token(), site=site()))


@blueprint.post("/account/passkeys")
@signed_in
def add_passkey() -> BaseResponse:
    if ask := _proof():
        return ask
    form = NewPasskeyForm()
    if not form.validate_on_submit():
        return go(
            url_for("accounts.second_step"),
            _("Give the passkey a name, such as that of the device."),
            level="danger",
        )
    added = services.add_passkey(
        signed_in_user(),
        session_token(),
        form.answer.data or "",
        name=form.name.data,
        site=site(),
    )
    if added.codes:
        return codes_page(added.codes, onward=url_for("accounts.second_step"))
    return go(url_for("accounts.second_step"), _("The passkey is added."))


@blueprint.post("/account/passkeys/<public_id>/rename")
@signed_in
def rename_passkey(public_id: str) -> BaseResponse:
    services.rename_passkey(signed_in_user(), public_id, name=request.form.get("name", ""))
    return redirect(url_for("accounts.second_step"), 303)


@blueprint.post("/account/passkeys/<public_id>/remove")
@signed_in
def remove_passkey(public_id: str) -> BaseResponse:
    if ask := _proof():
        return ask
    services.remove_passkey(signed_in_user(), public_id, except_token=session_token())
    return go(url_for("accounts.second_step"), _("The passkey is removed."))
