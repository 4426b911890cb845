"""One's own account: details, password, log-ins."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import for_payers, signed_in
from kit.web import go, page, safe_next
from kit.web.devices import device
from tenants.accounts import queries, services
from tenants.accounts.forms import ChangePasswordForm, OwnDetailsForm, ProveForm
from tenants.accounts.policy import current_policy
from tenants.accounts.realm import current_session, is_locked, session_token, signed_in_user
from tenants.accounts.views.blueprint import blueprint

_LINK_SENT = _l("A link is on its way to the new address. Until you follow it, the old one counts.")


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> BaseResponse:
    user = signed_in_user()
    form = OwnDetailsForm(obj=user)
    if form.validate_on_submit():
        is_asked = form.attempt(
            lambda: services.edit_own_details(
                user,
                version=form.version.data or 0,
                name=form.name.data,
                email=form.email.data,
                phone=form.phone.data,
                password=form.password.data or "",
            )
        )
        if not form.refused:
            return go(url_for("accounts.account"), _LINK_SENT if is_asked else _("Saved."))
    return page(
        "accounts/account.html",
        form=form,
        user=user,
        asked=queries.asked_mail(user),
        has_questions=queries.security_policy().security_questions,
        http_status=form.status,
    )


@blueprint.route("/account/password", methods=["GET", "POST"])
@for_payers
@signed_in
def password() -> BaseResponse:
    user = signed_in_user()
    policy = current_policy()
    form = ChangePasswordForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.change_password(
                user,
                old=form.old.data,
                new=form.password.data,
                again=form.again.data,
                except_token=session_token(),
                by=user,
            )
        )
        if not form.refused:
            return go(
                url_for("accounts.sessions"),
                _("The password is changed; your other log-ins have ended."),
            )
    return page(
        "accounts/password.html",
        form=form,
        user=user,
        is_old=queries.is_password_old(user, policy.passwords),
        changed_at=queries.password_changed_at(user),
        http_status=form.status,
    )


@blueprint.get("/account/sessions")
@signed_in
def sessions() -> BaseResponse:
    return page(
        "accounts/sessions.html",
        sessions=queries.sessions_of(signed_in_user()),
        here=current_session().id,
        device=device,
    )


@blueprint.post("/account/sessions/<public_id>/end")
@signed_in
def end_session(public_id: str) -> BaseResponse:
    user = signed_in_user()
    services.end_session(user, public_id, by=user)
    return go(url_for("accounts.sessions"), _("The log-in has ended."))


@blueprint.post("/account/sessions/end-others")
@signed_in
def end_others() -> BaseResponse:
    user = signed_in_user()
    count = services.end_sessions(user, except_token=session_token(), by=user)
    return go(url_for("accounts.sessions"), _("%(count)s other log-ins have ended.", count=count))


@blueprint.route("/account/prove", methods=["GET", "POST"])
@for_payers
@signed_in
def prove() -> BaseResponse:
    form = ProveForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.prove(current_session(), form.password.data))
        if not form.refused:
            return go(safe_next(request.args.get("next"), url_for("backoffice.home")))
    return page("accounts/prove.html", form=form, http_status=form.status)


@blueprint.post("/account/lock")
@signed_in
def lock() -> BaseResponse:
    services.lock_screen(current_session())
    return redirect(url_for("accounts.unlock", next=request.form.get("next") or None), 303)


@blueprint.route("/account/unlock", methods=["GET", "POST"])
@for_payers
@signed_in
def unlock() -> BaseResponse:
    target = safe_next(request.args.get("next"), url_for("backoffice.home"))
    if not is_locked():
        return redirect(target)
    form = ProveForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.unlock_screen(current_session(), form.password.data))
        if not form.refused:
            return redirect(target, 303)
    return page("accounts/unlock.html", form=form, user=signed_in_user(), http_status=form.status)
