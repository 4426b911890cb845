"""The page that an invitation opens."""

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import client_address, public
from kit.web import page, toast
from tenants.channels import services
from tenants.channels.forms import JoinForm
from tenants.channels.labels import CHANNEL_USER_ROLES
from tenants.channels.models import ChannelUserRole
from tenants.channels.views.blueprint import portal_join
from tenants.channels.views.login import let_in


@portal_join.route("/<token>", methods=["GET", "POST"])
@public
def show(token: str) -> BaseResponse:
    invitation = services.find_invited(token)
    if invitation is None:
        return page("channels/join_closed.html", http_status=404)
    form = JoinForm(data={"name": invitation.name})
    if form.validate_on_submit():
        signed_in = form.attempt(lambda: _join(token, form))
        if signed_in is not None:
            toast(_("Welcome to %(name)s.", name=invitation.channel.name), "success")
            return let_in(signed_in, remember=False)
    return page(
        "channels/join.html",
        form=form,
        invitation=invitation,
        channel=invitation.channel,
        role=CHANNEL_USER_ROLES[ChannelUserRole(invitation.role)],
        http_status=form.status,
    )


def _join(token: str, form: JoinForm) -> str:
    """Make the account and log in with it; return the cookie's token."""
    typed = form.typed("name", "phone", "username", "password")
    services.accept_invitation(token, **typed)
    return services.sign_in(
        typed["username"],
        typed["password"],
        remember=False,
        ip_address=client_address(),
        user_agent=request.user_agent.string,
    )[1]
