"""List, tree and detail of channels; add, change, freeze and delete them."""

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.forms.clean import searchable
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import done, go, page
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import find_unit, find_user, log_of, unit_options
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.timeline import describe_export
from tenants.accounts.views.shielded import attach, hide_fields, masked_fields
from tenants.channels import access, queries, services
from tenants.channels.forms import (
    AddChannelForm,
    EditChannelForm,
    FreezeChannelForm,
    MoveChannelForm,
)
from tenants.channels.history import as_events
from tenants.channels.kinds import CHANNEL, masked
from tenants.channels.labels import CHANNEL_USER_ROLES
from tenants.channels.views.blueprint import channels
from tenants.channels.views.listing import LISTING, kind_label, state_tag
from tenants.records.timeline import together

EXPORTED = audit.Event.named("channels:exported", "count", "filters")
describe_export(EXPORTED, _l("Channels exported"), LISTING)


def _listed(person: User, args: Mapping[str, str]) -> Select[Any]:
    del args
    within = queries.reached(reach_of(person, Permission.Channel.VIEW))
    return queries.listed_channels().where(within)


SOURCE = offer_export(
    LISTING,
    _l("Channels"),
    event=EXPORTED,
    permission=Permission.Channel.VIEW,
    statement=_listed,
)


@channels.get("/")
@requires(Permission.Channel.VIEW)
def index() -> BaseResponse:
    if "deleted" in request.args:
        # Where old addresses and saved views led.
        return redirect(url_for("recycle_bin.index", kind="channel"))
    return LISTING.respond(
        SOURCE.statement(signed_in_user(), request.args),
        session(),
        "channels/index.html",
        can=signed_in_user().can,
        P=Permission,
    )


@channels.get("/tree")
@requires(Permission.Channel.VIEW)
def tree() -> Response:
    text = searchable(request.args.get("q", ""))
    within = reach()
    return page(
        "channels/tree.html",
        nodes=queries.search_tree(text, within) if text else queries.tree_level(None, within),
        text=text,
        state_tag=state_tag,
        can_edit=signed_in_user().can(Permission.Channel.EDIT),
        deepest=queries.max_depth(),
    )


@channels.get("/tree/<public_id>")
@requires(Permission.Channel.VIEW)
def branch(public_id: str) -> Response:
    within = reach()
    parent = access.channel(public_id, within)
    return page(
        "channels/branch.html",
        parent=parent,
        nodes=queries.tree_level(parent, within),
        state_tag=state_tag,
        can_edit=signed_in_user().can(Permission.Channel.EDIT),
        deepest=queries.max_depth(),
    )


@channels.get("/<public_id>")
@requires(Permission.Channel.VIEW)
def show(public_id: str) -> Response:
    channel = access.channel_or_deleted(public_id, reach())
    return page(
        "channels/show.html",
        channel=channel,
        chain=queries.chain(channel),
        people=queries.people(channel),
        invitations=queries.open_invitations(channel),
        children=queries.tree_level(channel, reach()),
        masked=masked_fields(CHANNEL, channel, masked(channel)),
        events=together("channel", public_id, as_events(log_of(public_id, 100))),
        state_tag=state_tag,
        kind_label=kind_label,
        roles=CHANNEL_USER_ROLES,
        max_depth=queries.max_depth(),
        tab=request.args.get("tab", ""),
        can=signed_in_user().can,
        P=Permission,
    )


attach(channels, CHANNEL, masked)


def _values(form: EditChannelForm) -> dict[str, Any]:
    """Return what both forms say, rows looked up from what was chosen."""
    grade, manager = form.grade.data, form.manager.data
    return {
        **form.typed("name", "kind", "contact_name", "contact_phone", "region", "share", "remark"),
        "share": form.share.data or 0,
        "grade": queries.find_grade(grade) if grade else None,
        "manager": find_user(manager) if manager else None,
        "unit": find_unit(form.unit.data) if form.unit.data else None,
    }


def _looked_after(values: dict[str, Any]) -> dict[str, Any]:
    """Have who does not reach everything look after what he adds, or he would not see it again."""
    if values["manager"] is None and values["unit"] is None and not reach().is_everything:
        return values | {"manager": signed_in_user()}
    return values


def _offer(form: EditChannelForm) -> None:
    form.grade.refill(queries.grade_options())
    form.manager.refill(queries.manager_options())
    form.unit.refill(unit_options())


@channels.route("/new", methods=["GET", "POST"])
@requires(Permission.Channel.EDIT)
def new() -> BaseResponse:
    form = AddChannelForm(data={"parent": request.args.get("parent")})
    _offer(form)
    if form.validate_on_submit():
        parent = access.channel(form.parent.data, reach()) if form.parent.data else None
        added = form.attempt(
            lambda: services.add_channel(
                **_looked_after(_values(form)), parent=parent, by=signed_in_user()
            )
        )
        if added is not None:
            return go(
                url_for("channels.show", public_id=added.public_id),
                _("%(name)s has been added as %(number)s.", name=added.name, number=added.number),
            )
    return page(
        "channels/form.html",
        form=form,
        title=_("Add a channel"),
        back=url_for("channels.index"),
        http_status=form.status,
    )


@channels.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Channel.EDIT)
def edit(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    back = url_for("channels.show", public_id=public_id)
    chosen = {
        "grade": channel.grade.public_id if channel.grade else None,
        "manager": channel.manager.public_id if channel.manager else None,
        "unit": channel.unit.public_id if channel.unit else None,
    }
    plain = ("name", "kind", "region", "contact_name", "contact_phone", "share", "remark")
    stands = {name: getattr(channel, name) for name in (*plain, "version")}
    form = EditChannelForm(data=stands | chosen)
    kept = hide_fields(form, CHANNEL, channel, masked(channel))
    _offer(form)
    if channel.manager is not None and not channel.manager.is_active:
        form.manager.refill(
            [
                *queries.manager_options(),
                (channel.manager.public_id, channel.manager.name),
            ]
        )
    if form.validate_on_submit():
        values = _values(form)
        if kept and not values["contact_phone"]:
            values["contact_phone"] = channel.contact_phone
        changed = form.attempt(
            lambda: services.edit_channel(
                channel, version=form.version.data, **values, by=signed_in_user()
            )
        )
        if changed is not None:
            return go(back, _("Saved."))
    return page(
        "channels/form.html",
        form=form,
        title=_("Edit %(name)s", name=channel.name),
        back=back,
        http_status=form.status,
    )


@channels.route("/<public_id>/move", methods=["GET", "POST"])
@requires(Permission.Channel.EDIT)
def move(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    back = url_for("channels.show", public_id=public_id)
    onto = request.args.get("parent") or (channel.parent.public_id if channel.parent else None)
    form = MoveChannelForm(data={"parent": onto, "version": channel.version})
    if form.validate_on_submit():
        form.attempt(
            lambda: services.move_channel(
                channel,
                parent=access.channel(form.parent.value, reach()),
                version=form.version.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("%(name)s has been moved.", name=channel.name))
    below = queries.team(channel)
    return page(
        "channels/move.html",
        form=form,
        channel=channel,
        below=below,
        people=len(queries.people(channel)) + sum(one.people for one in below),
        title=_("Move %(name)s", name=channel.name),
        back=back,
        http_status=form.status,
    )


@channels.route("/<public_id>/freeze", methods=["GET", "POST"])
@requires(Permission.Channel.FREEZE)
def freeze(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    back = url_for("channels.show", public_id=public_id)
    form = FreezeChannelForm()
    if form.validate_on_submit():
        frozen = form.attempt(
            lambda: services.freeze_channel(
                channel, reason=form.reason.data or "", by=signed_in_user()
            )
        )
        if frozen is not None:
            return go(back, _("%(name)s is frozen.", name=channel.name))
    return page(
        "channels/act.html",
        form=form,
        title=_("Freeze %(name)s", name=channel.name),
        hint=_("The channel and all below it can neither sell nor sign in until it is unfrozen."),
        submit=_("Freeze"),
        back=back,
        danger=True,
        http_status=form.status,
    )


@channels.post("/<public_id>/unfreeze")
@requires(Permission.Channel.FREEZE)
def unfreeze(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    services.unfreeze_channel(channel, by=signed_in_user())
    return go(
        url_for("channels.show", public_id=public_id), _("%(name)s works again.", name=channel.name)
    )


@channels.post("/<public_id>/delete")
@requires(Permission.Channel.EDIT)
def delete(public_id: str) -> BaseResponse:
    channel = access.channel(public_id, reach())
    services.delete_channel(channel, by=signed_in_user())
    return done(_("%(name)s has been deleted.", name=channel.name), url=url_for("channels.index"))


@channels.post("/<public_id>/restore")
@requires(Permission.Channel.EDIT)
def restore(public_id: str) -> BaseResponse:
    channel = access.channel_or_deleted(public_id, reach())
    services.restore_channel(channel, by=signed_in_user())
    return go(
        url_for("channels.show", public_id=public_id),
        _("%(name)s has been restored.", name=channel.name),
    )
