"""Inviting people, and the page on which an invited person chooses the own password."""

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import public, requires
from kit.web import go, page
from tenants.accounts import access, queries, services
from tenants.accounts.forms import InviteForm, NewPasswordForm
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.services.invitations import NewPerson
from tenants.accounts.views.blueprint import blueprint


@blueprint.route("/users/invite", methods=["GET", "POST"])
@requires(Permission.User.EDIT)
def invite() -> BaseResponse:
    form = InviteForm(data={"unit": request.args.get("unit")})
    form.roles.refill(queries.role_options())
    form.unit.refill(queries.unit_options())
    if form.validate_on_submit():
        person = NewPerson(
            **form.typed("username", "name", "email", "phone"),
            roles=queries.roles_by_public_id(form.roles.data),
            unit=queries.find_unit(form.unit.data) if form.unit.data else None,
            is_head=bool(form.is_head.data),
        )
        invited = form.attempt(lambda: services.invite_people([person], by=signed_in_user()))
        if invited:
            return go(
                url_for("accounts.user", public_id=invited[0].public_id),
                _("An invitation is on its way to %(email)s.", email=person.email),
            )
    return page(
        "accounts/user_form.html",
        form=form,
        title=_("Invite a person"),
        back=url_for("accounts.users"),
        http_status=form.status,
    )


@blueprint.post("/users/<public_id>/invite")
@requires(Permission.User.EDIT)
def invite_again(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    services.invite_again(found, by=signed_in_user())
    return go(
        url_for("accounts.user", public_id=public_id),
        _("A new invitation is on its way; the one before is worth nothing."),
    )


@blueprint.post("/users/<public_id>/invite/revoke")
@requires(Permission.User.EDIT)
def revoke_invitation(public_id: str) -> BaseResponse:
    services.revoke_invitation(access.user(public_id), by=signed_in_user())
    return go(url_for("accounts.user", public_id=public_id), _("The invitation is revoked."))


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> BaseResponse:
    found = queries.find_user_invitation(token)
    if found is None or not found.user.is_active or not found.user.is_invited:
        return page("accounts/uninvited.html", http_status=410)
    form = NewPasswordForm()
    if form.validate_on_submit():
        user = form.attempt(
            lambda: services.accept_invitation(
                token, password=form.password.data, again=form.again.data
            )
        )
        if user is not None:
            return go(url_for("accounts.login"), _("Your password is set; sign in with it now."))
    response: Response = page(
        "accounts/invitation.html", form=form, user=found.user, http_status=form.status
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
