"""Log in, log out, one's own password and sessions."""

from flask import Response, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.console import access, queries, services
from control.console.forms import LoginForm, PasswordForm
from control.console.realm import CONSOLE, blueprint
from kit import crypto
from kit.i18n import gettext as _
from kit.security import (
    client_address,
    end_session_cookie,
    public,
    set_session_cookie,
    signed_in,
)
from kit.web import go, page, safe_next
from kit.web.devices import device


def _token() -> str:
    return request.cookies.get(CONSOLE.cookie, "")


def _home() -> str:
    return safe_next(request.args.get("next"), url_for("console.workspaces"))


@blueprint.get("/login")
@public
def login() -> BaseResponse:
    if current_user.is_authenticated:
        return go(_home())
    return page("console/login.html", form=LoginForm())


@blueprint.post("/login")
@public
def open_session() -> BaseResponse:
    form = LoginForm()
    opened = None
    if form.validate():
        opened = form.attempt(
            lambda: services.sign_in(
                form.email.data,
                form.password.data,
                ip_address=client_address(),
                user_agent=request.user_agent.string,
            )
        )
    if opened is None:
        return page("console/login.html", form=form, http_status=form.status)
    _operator, token = opened
    response = go(_home())
    set_session_cookie(response, CONSOLE, token, expires=None)  # type: ignore[arg-type]
    return response


@blueprint.post("/logout")
@signed_in
def logout() -> BaseResponse:
    services.sign_out(_token())
    response = go(url_for("console.login"), _("You are logged out."))
    end_session_cookie(response, CONSOLE)  # type: ignore[arg-type]
    return response


@blueprint.get("/account")
@signed_in
def account() -> Response:
    return _account(PasswordForm())


@blueprint.post("/account")
@signed_in
def change_password() -> BaseResponse:
    form = PasswordForm()
    if form.validate():
        form.attempt(
            lambda: services.change_password(
                current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
                old=form.old.data,
                new=form.password.data,
                token=_token(),
            )
        )
    if form.refused:
        return _account(form)
    return go(
        url_for("console.account"),
        _("The password is changed; all other sessions have ended."),
    )


def _account(form: PasswordForm) -> Response:
    return page(
        "console/account.html",
        device=device,
        http_status=form.status,
        form=form,
        sessions=queries.open_sessions(current_user),
        own=crypto.digest(_token()),
    )


@blueprint.post("/account/sessions/<public_id>/end")
@signed_in
def end_session(public_id: str) -> BaseResponse:
    session = access.own_session(current_user, public_id)
    services.end_session(session, by=current_user._get_current_object())  # noqa: SLF001
    return go(url_for("console.account"), _("The session has ended."))
