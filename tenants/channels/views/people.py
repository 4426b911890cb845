"""People of channels: invite, revoke, freeze."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.qr import qr_data_url
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.channels import access, services
from tenants.channels.forms import InviteForm
from tenants.channels.labels import CHANNEL_USER_ROLES
from tenants.channels.models import Channel, ChannelUserRole
from tenants.channels.views.blueprint import channels


def _team_url(channel: Channel) -> str:
    return url_for("channels.show", public_id=channel.public_id, tab="team")


@channels.route("/<public_id>/invite", methods=["GET", "POST"])
@requires(Permission.Channel.INVITE)
def invite(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    form = InviteForm()
    if form.validate_on_submit():
        made = form.attempt(
            lambda: services.invite(
                channel,
                role=form.role.data or "",
                name=form.name.data or "",
                by=signed_in_user(),
            )
        )
        if made is not None:
            return go(url_for("channels.invitation", public_id=made[0].public_id))
    return page(
        "channels/act.html",
        form=form,
        title=_("Invite to %(name)s", name=channel.name),
        hint=_("You get a link and a QR code that let one person join, for seven days."),
        submit=_("Make the invitation"),
        back=_team_url(channel),
        http_status=form.status,
    )


@channels.get("/invitations/<public_id>")
@requires(Permission.Channel.INVITE)
def invitation(public_id: str) -> Response:
    found = access.invitation(public_id, reach())
    link = url_for("portal_join.show", token=services.token_of(found), _external=True)
    return page(
        "channels/invitation.html",
        invitation=found,
        channel=found.channel,
        role=CHANNEL_USER_ROLES[ChannelUserRole(found.role)],
        link=link,
        qr=qr_data_url(link),
        back=_team_url(found.channel),
    )


@channels.post("/invitations/<public_id>/revoke")
@requires(Permission.Channel.INVITE)
def revoke(public_id: str) -> BaseResponse:
    found = access.invitation(public_id, reach())
    services.revoke_invitation(found, by=signed_in_user())
    return go(
        _team_url(found.channel), _("The invitation of %(name)s is worthless now.", name=found.name)
    )


@channels.post("/people/<public_id>/freeze")
@requires(Permission.Channel.FREEZE)
def freeze_person(public_id: str) -> BaseResponse:
    person = access.person(public_id, reach())
    services.freeze_person(person, by=signed_in_user())
    return go(_team_url(person.channel), _("%(name)s can no longer sign in.", name=person.name))


@channels.post("/people/<public_id>/unfreeze")
@requires(Permission.Channel.FREEZE)
def unfreeze_person(public_id: str) -> BaseResponse:
    person = access.person(public_id, reach())
    services.unfreeze_person(person, by=signed_in_user())
    return go(_team_url(person.channel), _("%(name)s can sign in again.", name=person.name))
