"""The way into the portal and out of it: password, SMS code, forgotten password."""

from flask import Response, request, url_for
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.i18n import gettext as _
from kit.security import client_address, end_session_cookie, public, set_session_cookie
from kit.web import go, page, safe_next, toast
from tenants.channels import services
from tenants.channels.forms import AskCodeForm, CodeSignInForm, NewPasswordForm, SignInForm
from tenants.channels.realm import PORTAL
from tenants.channels.services.sessions import REMEMBERED
from tenants.channels.views.blueprint import portal_login


def _home() -> str:
    return safe_next(request.args.get("next"), url_for("portal.home"))


def let_in(token: str, *, remember: bool) -> BaseResponse:
    """Answer with the portal's cookie, on the way to the page that was asked for."""
    response = redirect(_home(), 303, Response)
    assert isinstance(response, Response)
    expires = clock.now() + REMEMBERED if remember else None
    set_session_cookie(response, PORTAL, token, expires=expires)
    return response


@portal_login.route("/login", methods=["GET", "POST"])
@public
def show() -> BaseResponse:
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(_home(), 303, Response)
    form = SignInForm()
    if form.validate_on_submit():
        signed_in = form.attempt(
            lambda: services.sign_in(
                form.login.data or "",
                form.password.data or "",
                remember=form.remember.data,
                ip_address=client_address(),
                user_agent=request.user_agent.string,
            )
        )
        if signed_in is not None:
            return let_in(signed_in[1], remember=form.remember.data)
    return page(
        "channels/login.html",
        form=form,
        next=request.args.get("next"),
        http_status=form.status,
    )


@portal_login.route("/login/code", methods=["GET", "POST"])
@public
def ask_code() -> BaseResponse:
    form = AskCodeForm()
    if form.validate_on_submit():
        phone = form.phone.data or ""
        services.send_login_code(phone)
        return _code_page(CodeSignInForm(formdata=None, data={"phone": phone}))
    return page(
        "channels/ask_code.html",
        form=form,
        title=_("Sign in with a code"),
        next=request.args.get("next"),
        http_status=form.status,
    )


@portal_login.post("/login/code/enter")
@public
def enter_code() -> BaseResponse:
    form = CodeSignInForm()
    if form.validate_on_submit():
        signed_in = form.attempt(
            lambda: services.sign_in_by_code(
                form.phone.data or "",
                form.code.data or "",
                remember=form.remember.data,
                ip_address=client_address(),
                user_agent=request.user_agent.string,
            )
        )
        if signed_in is not None:
            return let_in(signed_in[1], remember=form.remember.data)
    return _code_page(form)


def _code_page(form: CodeSignInForm) -> Response:
    following = request.args.get("next")
    return page(
        "channels/enter_code.html",
        form=form,
        title=_("Sign in with a code"),
        action=url_for("portal_login.enter_code", next=following),
        again=url_for("portal_login.ask_code", next=following),
        submit=_("Sign in"),
        http_status=422 if form.refused else 200,
    )


@portal_login.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> BaseResponse:
    form = AskCodeForm()
    if form.validate_on_submit():
        phone = form.phone.data or ""
        services.send_login_code(phone)
        return _password_page(NewPasswordForm(formdata=None, data={"phone": phone}))
    return page(
        "channels/ask_code.html",
        form=form,
        title=_("Forgot the password"),
        http_status=form.status,
    )


@portal_login.post("/forgot/set")
@public
def set_password() -> BaseResponse:
    form = NewPasswordForm()
    if form.validate_on_submit():
        person = form.attempt(
            lambda: services.reset_password(
                form.phone.data or "", form.code.data or "", password=form.password.data or ""
            )
        )
        if person is not None:
            return go(url_for("portal_login.show"), _("The new password is set. Please sign in."))
    return _password_page(form)


def _password_page(form: NewPasswordForm) -> Response:
    return page(
        "channels/enter_code.html",
        form=form,
        title=_("Set a new password"),
        action=url_for("portal_login.set_password"),
        again=url_for("portal_login.forgot"),
        submit=_("Set the password"),
        http_status=422 if form.refused else 200,
    )


@portal_login.post("/logout")
@public
def sign_out() -> BaseResponse:
    token = request.cookies.get(PORTAL.cookie)
    if token:
        services.sign_out(token)
    toast(_("You have signed out."), "success")
    response = redirect(url_for("portal_login.show"), 303, Response)
    assert isinstance(response, Response)
    end_session_cookie(response, PORTAL)
    return response
