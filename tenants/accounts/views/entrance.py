"""The door: signing in and out, and a forgotten password."""

from datetime import timedelta

from flask import Response, make_response, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.domains.queries import site_url
from kit import clock, crypto, ids
from kit.forms import TextField
from kit.i18n import gettext as _
from kit.security import (
    client_address,
    end_secret_cookie,
    end_session_cookie,
    for_payers,
    public,
    set_secret_cookie,
    set_session_cookie,
    signed_in,
)
from kit.web import go, page, safe_next
from tenants.accounts import queries, services
from tenants.accounts.forms import CodeForm, ForgotForm, LoginForm, NewPasswordForm, ResetForm
from tenants.accounts.models import PasswordReset, ResetWay
from tenants.accounts.questions import QUESTIONS
from tenants.accounts.realm import OFFICE, session_token
from tenants.accounts.services.log_ins import REMEMBERED, Entry
from tenants.accounts.views.blueprint import blueprint

_ASKED_FOR = "reset_login"
# What a log-in has that waits for its second step: no page but that one looks at it.
STEP_COOKIE = "office_step"
DEVICE_COOKIE = "device"
KNOWN_FOR = timedelta(days=400)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> BaseResponse:
    target = safe_next(request.args.get("next"), url_for("backoffice.home"))
    if current_user.is_authenticated:
        return redirect(target)
    form = LoginForm()
    browser = request.cookies.get(DEVICE_COOKIE) or ids.secret()
    if form.validate_on_submit():
        found = form.attempt(
            lambda: services.sign_in(
                form.login.data,
                form.password.data,
                remember=form.remember.data,
                ip_address=client_address(),
                user_agent=request.user_agent.string,
                device=crypto.digest(browser),
            )
        )
        if found is not None and found.is_pending:
            response = make_response(redirect(url_for("accounts.step", next=target), 303))
            set_secret_cookie(response, STEP_COOKIE, found.token, expires=None)
            return known_device(response, browser)
        if found is not None:
            return known_device(let_in(found, target, remember=form.remember.data), browser)
    return page(
        "accounts/login.html",
        form=form,
        register_url=site_url("/signup"),
        http_status=form.status,
    )


def let_in(entry: Entry, target: str, *, remember: bool) -> Response:
    """Send somebody who has proved enough to where he wanted to go, with the log-in's cookie."""
    return with_log_in(make_response(redirect(target, 303)), entry, remember=remember)


def with_log_in(response: Response, entry: Entry, *, remember: bool) -> Response:
    """Add the cookie of an open log-in to an answer, and take that of the second step back."""
    expires = clock.now() + REMEMBERED if remember else None
    set_session_cookie(response, OFFICE, entry.token, expires=expires)
    end_secret_cookie(response, STEP_COOKIE)
    return response


def known_device(response: Response, browser: str) -> Response:
    """Let the browser be known the next time."""
    set_secret_cookie(response, DEVICE_COOKIE, browser, expires=clock.now() + KNOWN_FOR)
    return response


@blueprint.post("/logout")
@for_payers
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
    found = queries.find_reset(token)
    if found is None:
        return page("accounts/expired.html", http_status=410)
    form, asked = _reset_form(found, token)
    if form.validate_on_submit():
        answers = {
            question: field.data for question, field in zip(asked, _answers(form), strict=True)
        }
        user = form.attempt(
            lambda: services.reset_by_link(
                token, password=form.password.data, again=form.again.data, answers=answers
            )
        )
        if user is not None:
            return go(url_for("accounts.login"), _("The new password is set; sign in with it now."))
    response: Response = page("accounts/reset.html", form=form, http_status=form.status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _reset_form(found: PasswordReset, token: str) -> tuple[NewPasswordForm, list[str]]:
    """Return the form of a reset, with the person's own questions where there are any."""
    asked = services.questions_of(found, token)
    if not asked:
        return NewPasswordForm(), []
    form = ResetForm()
    for question, field in zip(asked, _answers(form), strict=True):
        field.label.text = str(QUESTIONS[question])
    return form, asked


def _answers(form: NewPasswordForm) -> list[TextField]:
    return [form.first_answer, form.second_answer] if isinstance(form, ResetForm) else []
