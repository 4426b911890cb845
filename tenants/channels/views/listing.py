"""The list of channels."""

from typing import Any

from flask import url_for
from sqlalchemy import Select

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.personal import mask_phone
from kit.web import Column, Filter, Listing, RowAction, Tag
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.channels import queries
from tenants.channels.kinds import CHANNEL
from tenants.channels.labels import KINDS, STATE_COLOURS, STATES
from tenants.channels.models import Channel, ChannelKind, ChannelState, Grade


def state_tag(channel: Channel) -> Tag:
    """Return whether a channel may work, as a coloured word."""
    if channel.deleted_at is not None:
        return Tag(_l("Deleted"), "gray")
    state = ChannelState(channel.state)
    return Tag(STATES[state], STATE_COLOURS[state])


def kind_label(kind: str) -> object:
    """Return the word for a kind of channel."""
    return KINDS[ChannelKind(kind)]


def _with_grade(statement: Select[Any], public_id: str) -> Select[Any]:
    return statement.where(Channel.grade.has(Grade.public_id == public_id))


def _below(statement: Select[Any], public_id: str) -> Select[Any]:
    top = queries.find_channel(public_id)
    return statement if top is None else statement.where(queries.subtree_filter(top))


def _may_edit(channel: Channel) -> bool:
    return channel.deleted_at is None and signed_in_user().can(Permission.Channel.EDIT)


LISTING = Listing(
    name="channels",
    columns=[
        Column("name", _l("Channel name"), second="number", width="lg"),
        Column("number", _l("Channel number"), copy=True, text=True, hidden=True),
        Column("kind", _l("Kind"), kind="tag", tags=kind_label),
        Column("parent", _l("Parent channel"), value="parent.name"),
        Column("depth", _l("Depth"), kind="number"),
        Column("grade", _l("Grade"), value="grade.name"),
        Column(
            "contact",
            _l("Contact"),
            value="contact_name",
            second=lambda one: mask_phone(one.contact_phone) if one.contact_phone else None,
        ),
        Column("manager", _l("Channel manager"), value="manager.name"),
        Column("region", _l("Region"), hidden=True),
        Column("share", _l("Share"), value=lambda one: f"{one.share / 100:g}%", align="end"),
        Column("state", _l("State"), value=state_tag, kind="tag"),
        Column("created_at", _l("Added at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.search(
            lambda statement, text: statement.where(queries.matches(text)),
            label=_l("Name or number"),
            placeholder="CH0001",
        ),
        Filter.choice("state", _l("State"), list(STATES.items()), column=Channel.state),
        Filter.choice("kind", _l("Kind"), list(KINDS.items()), column=Channel.kind),
        Filter.choice("grade", _l("Grade"), queries.grade_options, apply=_with_grade),
        Filter.look_up(
            "below",
            _l("Within the branch of"),
            CHANNEL,
            apply=_below,
            folded=True,
        ),
    ],
    row_url=lambda one: url_for("channels.show", public_id=one.public_id),
    actions=[
        RowAction(
            _l("Edit"),
            lambda one: url_for("channels.edit", public_id=one.public_id),
            drawer=True,
            visible=_may_edit,
        ),
        RowAction(
            _l("Delete"),
            lambda one: url_for("channels.delete", public_id=one.public_id),
            post=True,
            danger=True,
            visible=_may_edit,
            confirm=lambda one: _(
                "Delete the channel %(name)s (%(number)s)?", name=one.name, number=one.number
            ),
        ),
    ],
    empty_title=_l("No channels yet"),
    empty_hint=_l("Add the first channel and invite its owner."),
    empty_icon="sitemap",
)
