"""The second step: at the door, in one's own account, and taken from somebody who has lost it."""

from flask import make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import tenancy
from kit.forms import Form
from kit.i18n import gettext as _
from kit.qr import qr_data_url
from kit.security import end_secret_cookie, public, requires, signed_in
from kit.security.totp import app_address
from kit.web import go, page, safe_next
from tenants.accounts import access, queries, services
from tenants.accounts.forms import NewPasskeyForm, OwnPasswordForm, PasskeyForm, StepForm
from tenants.accounts.models import Authenticator, LogInWay, PendingLogIn, User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import ask_proof, session_token, signed_in_user
from tenants.accounts.services.log_ins import Entry
from tenants.accounts.views.blueprint import blueprint
from tenants.accounts.views.entrance import STEP_COOKIE, let_in, with_log_in
from tenants.accounts.views.passkeys import as_options, site
from tenants.accounts.views.shown_once import codes_page, secret_page


def _pending() -> PendingLogIn | None:
    token = request.cookies.get(STEP_COOKIE)
    return queries.pending_log_in(token) if token else None


def _token() -> str:
    return request.cookies.get(STEP_COOKIE, "")


def _target() -> str:
    return safe_next(request.args.get("next"), url_for("backoffice.home"))


def _way(ways: set[LogInWay]) -> LogInWay:
    """Return the way that was asked for, or the strongest there is."""
    asked = request.args.get("way", "")
    if asked in ways - {LogInWay.LINK}:
        return LogInWay(asked)
    strongest = (LogInWay.PASSKEY, LogInWay.APP, LogInWay.SMS, LogInWay.MAIL, LogInWay.RECOVERY)
    return next((one for one in strongest if one in ways), LogInWay.RECOVERY)


@blueprint.route("/login/step", methods=["GET", "POST"])
@public
def step() -> BaseResponse:
    pending = _pending()
    if pending is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")))
    if not queries.has_factor(pending.user):
        return redirect(url_for("accounts.enrol", next=request.args.get("next")))
    ways = _here(pending.user)
    way = _way(ways)
    form = PasskeyForm() if way == LogInWay.PASSKEY else StepForm()
    if form.validate_on_submit():
        remember = pending.is_remembered
        entry = form.attempt(lambda: _pass(form, way))
        if entry is not None:
            return let_in(entry, _target(), remember=remember)
        if _pending() is None:
            return go(url_for("accounts.login"), _("This took too long. Sign in again."))
    return page(
        "accounts/step.html",
        form=form,
        way=way,
        ways=ways,
        sent_at=pending.code_sent_at if pending.code_way == way else None,
        next=request.args.get("next"),
        http_status=form.status,
    )


def _here(user: User) -> set[LogInWay]:
    """Return the ways that a person has at this address: passkeys are good at one host only."""
    ways = queries.ways_of(user)
    if LogInWay.PASSKEY in ways and not queries.passkeys(user, host=site().host):
        ways.discard(LogInWay.PASSKEY)
    return ways


def _pass(form: Form, way: LogInWay) -> Entry:
    if isinstance(form, PasskeyForm):
        return services.pass_by_passkey(_token(), form.answer.data or "", site=site())
    assert isinstance(form, StepForm)
    return services.pass_step(_token(), form.code.data, way=way)


@blueprint.post("/login/step/passkey")
@public
def step_options() -> BaseResponse:
    """Tell the browser which passkeys may answer, and what they have to sign."""
    if _pending() is None:
        return redirect(url_for("accounts.login"), 303)
    return as_options(services.ask_to_sign(_token(), site=site()))


@blueprint.post("/login/step/send/<way>")
@public
def send_step_code(way: str) -> BaseResponse:
    if _pending() is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")), 303)
    chosen = LogInWay.SMS if way == LogInWay.SMS else LogInWay.MAIL
    services.send_code(_token(), way=chosen)
    target = url_for("accounts.step", way=chosen, next=request.args.get("next"))
    sentence = (
        _("A code is on its way to your mobile number.")
        if chosen == LogInWay.SMS
        else _("A code is on its way to your mail address.")
    )
    return go(target, sentence)


@blueprint.route("/login/step/link/<secret>", methods=["GET", "POST"])
@public
def step_link(secret: str) -> BaseResponse:
    """Pass by the link from a mail, in the browser that asked for it.

    Opening it changes nothing: programs that look through mails open links, too.
    """
    pending = _pending()
    if pending is None:
        return page("accounts/elsewhere.html", http_status=410)
    form = Form()
    if form.validate_on_submit():
        remember = pending.is_remembered
        entry = form.attempt(lambda: services.pass_step(_token(), secret, way=LogInWay.LINK))
        if entry is not None:
            return let_in(entry, _target(), remember=remember)
    response = page("accounts/step_link.html", form=form, http_status=form.status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


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
    if queries.has_factor(pending.user):
        return redirect(url_for("accounts.step", next=request.args.get("next")))
    found = queries.candidate(pending.user)
    form = StepForm()
    if found is not None and form.validate_on_submit():
        remember = pending.is_remembered
        done = form.attempt(lambda: services.enrol(_token(), form.code.data))
        if done is not None:
            shown = codes_page(done.codes, onward=_target())
            return with_log_in(shown, done.entry, remember=remember)
        if _pending() is None:
            return go(url_for("accounts.login"), _("This took too long. Sign in again."))
    return secret_page(
        page(
            "accounts/enrol.html",
            form=form,
            app=_app(found, pending.user),
            new_passkey=NewPasskeyForm(),
            only_passkey=pending.user.must_use_passkey,
            next=request.args.get("next"),
            http_status=form.status,
        )
    )


@blueprint.post("/login/enrol/passkey/options")
@public
def enrol_options() -> BaseResponse:
    if _pending() is None:
        return redirect(url_for("accounts.login"), 303)
    return as_options(services.ask_to_enrol(_token(), site=site()))


@blueprint.post("/login/enrol/passkey")
@public
def enrol_passkey() -> BaseResponse:
    pending = _pending()
    if pending is None:
        return redirect(url_for("accounts.login", next=request.args.get("next")), 303)
    remember = pending.is_remembered
    form = NewPasskeyForm()
    if not form.validate_on_submit():
        return go(
            url_for("accounts.enrol", next=request.args.get("next")),
            _("Give the passkey a name, such as that of the device."),
            level="danger",
        )
    done = services.enrol_passkey(
        _token(), form.answer.data or "", name=form.name.data, site=site()
    )
    return with_log_in(codes_page(done.codes, onward=_target()), done.entry, remember=remember)


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
            return codes_page(codes, onward=url_for("accounts.second_step"))
    return secret_page(
        page(
            "accounts/second_step.html",
            form=form,
            user=user,
            confirmed=queries.authenticator(user),
            passkeys=queries.all_passkeys(user),
            here=site().host,
            new_passkey=NewPasskeyForm(),
            has_factor=queries.has_factor(user),
            can_get_codes=queries.can_get_codes(user),
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


@blueprint.post("/account/second-step/by-code")
@signed_in
def choose_codes() -> BaseResponse:
    if ask := _proof():
        return ask
    codes = services.choose_codes(signed_in_user(), except_token=session_token())
    return codes_page(codes, onward=url_for("accounts.second_step"))


@blueprint.post("/account/second-step/codes")
@signed_in
def renew_codes() -> BaseResponse:
    if ask := _proof():
        return ask
    codes = services.renew_recovery_codes(signed_in_user(), except_token=session_token())
    return codes_page(codes, onward=url_for("accounts.second_step"))


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
