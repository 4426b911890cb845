"""The second step: at the door, in one's own account, and taken from somebody who has lost it."""

from urllib.parse import quote

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import tenancy
from kit.i18n import gettext as _
from kit.qr import qr_data_url
from kit.security import end_secret_cookie, public, requires, signed_in
from kit.security.totp import app_address
from kit.web import go, page, safe_next
from tenants.accounts import access, queries, services
from tenants.accounts.forms import OwnPasswordForm, StepForm
from tenants.accounts.models import Authenticator, LogInWay, PendingLogIn, User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import ask_proof, session_token, signed_in_user
from tenants.accounts.views.blueprint import blueprint
from tenants.accounts.views.entrance import STEP_COOKIE, let_in, with_log_in


def _pending() -> PendingLogIn | None:
    token = request.cookies.get(STEP_COOKIE)
    return queries.pending_log_in(token) if token else None


def _token() -> str:
    return request.cookies.get(STEP_COOKIE, "")


def _target() -> str:
    return safe_next(request.args.get("next"), url_for("backoffice.home"))


def _way() -> LogInWay:
    asked = request.args.get("way")
    return LogInWay(asked) if asked in {LogInWay.MAIL, LogInWay.RECOVERY} else LogInWay.APP


@blueprint.route("/login/step", methods=["GET", "POST"])
@public
def step() -> BaseResponse:
    pending = _pending()
    if pending is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")))
    if queries.authenticator(pending.user) is None:
        return redirect(url_for("accounts.enrol", next=request.args.get("next")))
    way = _way()
    form = StepForm()
    if form.validate_on_submit():
        remember = pending.is_remembered
        entry = form.attempt(lambda: services.pass_step(_token(), form.code.data, way=way))
        if entry is not None:
            return let_in(entry, _target(), remember=remember)
        if _pending() is None:
            return go(url_for("accounts.login"), _("This took too long. Sign in again."))
    return page(
        "accounts/step.html",
        form=form,
        way=way,
        may_mail=services.may_mail(pending.user),
        sent_at=pending.code_sent_at,
        next=request.args.get("next"),
        http_status=form.status,
    )


@blueprint.post("/login/step/mail")
@public
def mail_step_code() -> BaseResponse:
    if _pending() is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")), 303)
    services.mail_code(_token())
    target = url_for("accounts.step", way=LogInWay.MAIL, next=request.args.get("next"))
    return go(target, _("A code is on its way to your mail address."))


@blueprint.post("/login/step/cancel")
@public
def cancel_step() -> BaseResponse:
    if _token():
        services.cancel_step(_token())
    response = make_response(go(url_for("accounts.login"), _("You have signed out.")))
    end_secret_cookie(response, STEP_COOKIE)
    return response


@blueprint.route("/login/enrol", methods=["GET", "POST"])
@public
def enrol() -> BaseResponse:
    pending = _pending()
    if pending is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")))
    if queries.authenticator(pending.user) is not None:
        return redirect(url_for("accounts.step", next=request.args.get("next")))
    found = queries.candidate(pending.user)
    form = StepForm()
    if found is not None and form.validate_on_submit():
        remember = pending.is_remembered
        done = form.attempt(lambda: services.enrol(_token(), form.code.data))
        if done is not None:
            shown = _codes_page(done.codes, onward=_target())
            return with_log_in(shown, done.entry, remember=remember)
        if _pending() is None:
            return go(url_for("accounts.login"), _("This took too long. Sign in again."))
    return _secret(
        page(
            "accounts/enrol.html",
            form=form,
            app=_app(found, pending.user),
            next=request.args.get("next"),
            http_status=form.status,
        )
    )


@blueprint.post("/login/enrol/begin")
@public
def begin_enrolment() -> BaseResponse:
    if _pending() is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")), 303)
    services.begin_enrolment(_token())
    return redirect(url_for("accounts.enrol", next=request.args.get("next")), 303)


def _app(found: Authenticator | None, user: User) -> dict[str, str] | None:
    """Return what an authenticator app is set up with; None while there is no candidate."""
    if found is None:
        return None
    secret = found.secret
    address = app_address(secret, account=user.username, issuer=tenancy.current().name)
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"qr": qr_data_url(address), "secret": spaced}


def _secret(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _codes_page(codes: list[str], *, onward: str) -> Response:
    """Show recovery codes, this once, with a text file of them that is made in the browser."""
    title = _("Recovery codes for %(company)s", company=tenancy.current().name)
    text = "\r\n".join((title, "", *codes, ""))
    return _secret(
        page(
            "accounts/codes.html",
            codes=codes,
            # A file for Notepad: the mark at its beginning says UTF-8.
            file="data:text/plain;charset=utf-8," + quote("\ufeff" + text),
            onward=onward,
        )
    )


@blueprint.route("/account/second-step", methods=["GET", "POST"])
@signed_in
def second_step() -> BaseResponse:
    user = signed_in_user()
    found = queries.candidate(user)
    if found is not None and (ask := ask_proof()):
        # The secret is on this page: not for whoever finds the screen open.
        return ask
    form = StepForm()
    if found is not None and form.validate_on_submit():
        codes = form.attempt(
            lambda: services.confirm_factor(user, form.code.data, except_token=session_token())
        )
        if codes is not None:
            return _codes_page(codes, onward=url_for("accounts.second_step"))
    return _secret(
        page(
            "accounts/second_step.html",
            form=form,
            user=user,
            confirmed=queries.authenticator(user),
            left=queries.recovery_codes_left(user),
            app=_app(found, user),
            http_status=form.status,
        )
    )


@blueprint.post("/account/second-step/begin")
@signed_in
def begin_second_step() -> BaseResponse:
    if ask := _proof():
        return ask
    services.begin_factor(signed_in_user())
    return redirect(url_for("accounts.second_step"), 303)


@blueprint.post("/account/second-step/codes")
@signed_in
def renew_codes() -> BaseResponse:
    if ask := _proof():
        return ask
    codes = services.renew_recovery_codes(signed_in_user(), except_token=session_token())
    return _codes_page(codes, onward=url_for("accounts.second_step"))


@blueprint.post("/account/second-step/remove")
@signed_in
def remove_second_step() -> BaseResponse:
    if ask := _proof():
        return ask
    services.remove_own_factor(signed_in_user(), except_token=session_token())
    return go(url_for("accounts.second_step"), _("The second step is switched off."))


def _proof() -> BaseResponse | None:
    """Ask for the password again where need be, and come back to the page with the buttons."""
    return ask_proof(back=url_for("accounts.second_step"))


@blueprint.route("/users/<public_id>/second-step", methods=["GET", "POST"])
@requires(Permission.User.EDIT)
def remove_factor(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    back = url_for("accounts.user", public_id=public_id)
    form = OwnPasswordForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.remove_factor(found, own=form.own.data, by=signed_in_user()))
        if not form.refused:
            return go(back, _("The second step of %(name)s is removed.", name=found.name))
    return page(
        "accounts/user_form.html",
        form=form,
        title=_("Remove the second step of %(name)s", name=found.name),
        back=back,
        http_status=form.status,
    )
