"""Channels as a kind of record."""

from sqlalchemy import Select, select

from kit import personal
from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import RecordKind, Shielded, register
from tenants.accounts.permissions import Permission
from tenants.channels import access, queries, services
from tenants.channels.models import Channel
from tenants.records.bins import bin_of, register_bin


def _matching(statement: Select[Channel], text: str) -> Select[Channel]:
    return statement.where(queries.matches(text)).order_by(Channel.path)


CHANNEL = register(
    RecordKind(
        code="channel",
        label=_l("Channels"),
        one=_l("Channel"),
        icon="sitemap",
        model=Channel,
        endpoint="channels.show",
        view=Permission.Channel.VIEW,
        edit=Permission.Channel.EDIT,
        rows=lambda: select(Channel).where(Channel.deleted_at.is_(None)),
        matching=_matching,
        show=lambda channel: (channel.name, channel.number),
        called=lambda channel: channel.number,
        fetch=access.channel_or_deleted,
        reached=queries.reached,
        shielded=Shielded(
            fields={"phone": "contact_phone"},
            keeper="manager_id",
            reveal=Permission.Channel.REVEAL,
        ),
    )
)
BIN = register_bin(
    bin_of(
        CHANNEL,
        Permission.Channel.EDIT,
        event="channel:deleted",
        restore=lambda row, by: services.restore_channel(row, by=by),
        purge=lambda row, by: services.purge_channel(row, by=by),
    )
)


def masked(channel: Channel) -> dict[str, str | None]:
    """Return the personal fields of a channel as they may be shown to anyone."""
    phone = personal.mask_phone(channel.contact_phone) if channel.contact_phone_cipher else None
    return {"phone": phone}
