"""The personal centre: everything of one's own at a glance, settings, a proved mail address."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.forms import Form
from kit.i18n import LANGUAGES, TimeDisplay
from kit.i18n import gettext as _
from kit.personal import mask_email, mask_phone
from kit.security import signed_in
from kit.web import go, page
from kit.web.desk import DENSITIES
from kit.web.language import remember_language
from tenants.accounts import queries, services
from tenants.accounts.forms import PreferencesForm
from tenants.accounts.labels import FILE_FORMATS, TIME_DISPLAYS
from tenants.accounts.models import FileFormat
from tenants.accounts.policy import current_policy
from tenants.accounts.realm import signed_in_user
from tenants.accounts.views.blueprint import blueprint


@blueprint.get("/account/centre")
@signed_in
def centre() -> BaseResponse:
    user = signed_in_user()
    return page(
        "accounts/centre.html",
        user=user,
        email=mask_email(user.email) if user.email else None,
        phone=mask_phone(user.phone) if user.phone_cipher else None,
        asked=queries.asked_mail(user),
        password_changed_at=queries.password_changed_at(user),
        is_password_old=queries.is_password_old(user, current_policy().passwords),
        has_app=queries.authenticator(user) is not None,
        passkeys=len(queries.passkeys(user)),
        log_ins=len(queries.sessions_of(user)),
        liked=[
            (_("Language"), LANGUAGES.get(user.language or "", _("That of the company"))),
            (_("Rows of lists"), DENSITIES.get(user.density, "")),
            (_("Times"), TIME_DISPLAYS[TimeDisplay(user.time_display)]),
            (_("Files of exports"), FILE_FORMATS[FileFormat(user.file_format)]),
        ],
    )


@blueprint.route("/account/settings", methods=["GET", "POST"])
@signed_in
def preferences() -> BaseResponse:
    user = signed_in_user()
    form = PreferencesForm(obj=user)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_preferences(
                user,
                language=form.language.data,
                density=form.density.data or "",
                file_format=form.file_format.value,
                time_display=form.time_display.value,
            )
        )
        if not form.refused:
            response = go(url_for("accounts.preferences"), _("Saved."))
            remember_language(response, form.language.data)
            return response
    return page("accounts/preferences.html", form=form, http_status=form.status)


@blueprint.route("/account/mail/<token>", methods=["GET", "POST"])
@signed_in
def prove_mail(token: str) -> BaseResponse:
    """Confirm an address by the link that went there.

    The link alone changes nothing: mail servers open links to look for evil.
    """
    user = signed_in_user()
    proof = queries.find_mail_proof(user, token)
    form = Form()
    if form.validate_on_submit():
        form.attempt(lambda: services.prove_mail(user, token))
        if not form.refused:
            return go(url_for("accounts.account"), _("Your e-mail address is proved."))
    status = 404 if proof is None and not form.is_submitted() else form.status
    return page(
        "accounts/prove_mail.html",
        form=form,
        email=proof.email if proof else None,
        http_status=status,
    )


@blueprint.post("/account/mail/send")
@signed_in
def send_mail_link() -> BaseResponse:
    services.prove_again(signed_in_user())
    return go(url_for("accounts.account"), _("A link is on its way to your address."))


@blueprint.post("/account/mail/forget")
@signed_in
def forget_mail() -> BaseResponse:
    services.forget_asked(signed_in_user())
    return go(url_for("accounts.account"), _("The e-mail address stays as it is."))
