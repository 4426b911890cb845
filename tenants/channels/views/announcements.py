"""Who of channels' people has read an announcement."""

from typing import Any, cast

from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Listing
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.channels import announcing
from tenants.channels.labels import CHANNEL_USER_ROLES
from tenants.channels.models import Channel, ChannelUser
from tenants.channels.views.blueprint import channels
from tenants.notices import access
from tenants.notices.views.announcements import log_readers, read_or_not

EXPORTED = audit.Event.named("portal_readers:exported", "count", "filters")
READERS = Listing(
    name="portal-readers",
    columns=[
        Column("name", _l("Name"), value="ChannelUser.name"),
        Column("channel", _l("Channel"), value="ChannelUser.channel.name"),
        Column(
            "role",
            _l("Role"),
            value=lambda row: CHANNEL_USER_ROLES[row.ChannelUser.role],
        ),
        Column("read_at", _l("Read at"), kind="datetime"),
    ],
    filters=[
        Filter.text("name", _l("Name"), column=ChannelUser.name, match="contains"),
        Filter.text("channel", _l("Channel"), column=Channel.name, match="contains"),
        Filter.flag("read", _l("Has read it"), apply=read_or_not),
    ],
    key="ChannelUser.public_id",
    empty_title=_l("It is for nobody"),
    empty_icon="users",
)
describe_export(EXPORTED, _l("Readers in channels exported"), READERS)


@channels.get("/announcements/<public_id>/readers")
@requires(Permission.Notice.ANNOUNCE)
def announcement_readers(public_id: str) -> BaseResponse:
    me = signed_in_user()
    found = access.announcement(public_id, me)
    return READERS.respond(
        cast("Select[Any]", announcing.readers_of(found, me)),
        session(),
        "announcements/readers.html",
        on_export=log_readers(EXPORTED, found),
        one=found,
        receipts=announcing.receipts(found, me),
    )
