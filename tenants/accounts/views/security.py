"""What the workspace wants of passwords and log-ins."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import PasswordPreset, requires
from kit.web import go, page
from tenants.accounts import queries, services
from tenants.accounts.forms import SecurityForm
from tenants.accounts.permissions import Permission
from tenants.accounts.policy import forget_policy
from tenants.accounts.realm import signed_in_user
from tenants.accounts.views.blueprint import blueprint


@blueprint.route("/settings/security", methods=["GET", "POST"])
@requires(Permission.Workspace.SECURE)
def security() -> BaseResponse:
    instead = {
        "second_step_for": queries.roles_with_second_step(),
        "passkey_for": queries.roles_with_passkey(),
    }
    form = SecurityForm(obj=queries.security_policy(), instead=instead)
    form.second_step_for.refill(queries.role_options())
    form.passkey_for.refill(queries.role_options())
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_policy(
                version=form.version.data or 0,
                preset=PasswordPreset(form.preset.value),
                passwords_expire=bool(form.passwords_expire.data),
                mail_codes=bool(form.mail_codes.data),
                sms_codes=bool(form.sms_codes.data),
                security_questions=bool(form.security_questions.data),
                passkey_for=queries.roles_by_public_id(form.passkey_for.data or ()),
                idle_minutes=form.idle_minutes.data or 0,
                second_step_for=queries.roles_by_public_id(form.second_step_for.data or ()),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            forget_policy()
            return go(url_for("accounts.security"), _("Saved."))
    return page("accounts/security.html", form=form, http_status=form.status)
