"""The door: signing in and out, and a forgotten password."""

from flask import Response, make_response, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.domains.queries import site_url
from kit import clock
from kit.i18n import gettext as _
from kit.security import (
    client_address,
    end_session_cookie,
    public,
    set_session_cookie,
    signed_in,
)
from kit.web import go, page, safe_next
from tenants.accounts import queries, services
from tenants.accounts.forms import CodeForm, ForgotForm, LoginForm, NewPasswordForm
from tenants.accounts.models import ResetWay
from tenants.accounts.realm import OFFICE, session_token
from tenants.accounts.services.sessions import REMEMBERED
from tenants.accounts.views.blueprint import blueprint

_ASKED_FOR = "reset_login"


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> BaseResponse:
    target = safe_next(request.args.get("next"), url_for("backoffice.home"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    if form.validate_on_submit():
        found = form.attempt(
            lambda: services.sign_in(
                form.login.data,
                form.password.data,
                remember=form.remember.data,
                ip_address=client_address(),
                user_agent=request.user_agent.string,
            )
        )
        if found is not None:
            response = make_response(redirect(target, 303))
            expires = clock.now() + REMEMBERED if form.remember.data else None
            set_session_cookie(response, OFFICE, found[1], expires=expires)
            return response
    return page(
        "accounts/login.html",
        form=form,
        register_url=site_url("/signup"),
        http_status=form.status,
    )


@blueprint.post("/logout")
@signed_in
def logout() -> BaseResponse:
    services.sign_out(session_token())
    session.clear()
    response = make_response(go(url_for("accounts.login"), _("You have signed out.")))
    end_session_cookie(response, OFFICE)
    return response


@blueprint.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> BaseResponse:
    form = ForgotForm()
    if form.validate_on_submit():
        way = ResetWay(form.way.data or ResetWay.MAIL)
        services.ask_reset(form.login.data, way=way)
        if way == ResetWay.SMS:
            session[_ASKED_FOR] = form.login.data
            return redirect(url_for("accounts.code"), 303)
        return page("accounts/sent.html")
    return page("accounts/forgot.html", form=form, http_status=form.status)


@blueprint.route("/reset/code", methods=["GET", "POST"])
@public
def code() -> BaseResponse:
    asked_for = session.get(_ASKED_FOR)
    if not asked_for:
        return redirect(url_for("accounts.forgot"))
    form = CodeForm()
    if form.validate_on_submit():
        user = form.attempt(
            lambda: services.reset_by_code(
                asked_for,
                code=form.code.data,
                password=form.password.data,
                again=form.again.data,
            )
        )
        if user is not None:
            session.pop(_ASKED_FOR)
            return go(url_for("accounts.login"), _("The new password is set; sign in with it now."))
    return page("accounts/code.html", form=form, http_status=form.status)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> BaseResponse:
    if queries.find_reset(token) is None:
        return page("accounts/expired.html", http_status=410)
    form = NewPasswordForm()
    if form.validate_on_submit():
        user = form.attempt(
            lambda: services.reset_by_link(
                token, password=form.password.data, again=form.again.data
            )
        )
        if user is not None:
            return go(url_for("accounts.login"), _("The new password is set; sign in with it now."))
    response: Response = page("accounts/reset.html", form=form, http_status=form.status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
