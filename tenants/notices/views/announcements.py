"""Announcements: what is announced to me, and making them."""

from functools import lru_cache
from typing import Any, cast

from flask import Response, url_for
from sqlalchemy import Select, and_
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, clock
from kit.db import session
from kit.forms import LookUpsField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, Tag, go, page
from kit.web.listing.export import OnExport
from tenants.accounts import queries as people
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.notices import access, events, queries, services
from tenants.notices.forms import AnnouncementForm
from tenants.notices.kinds import path_of
from tenants.notices.labels import AUDIENCES, PORTAL_AUDIENCES
from tenants.notices.models import Announcement, Audience, PortalAudience
from tenants.notices.outside import the_outside
from tenants.notices.queries.announcements import is_shown
from tenants.notices.services.announcements import Draft
from tenants.notices.views.blueprint import announcement_blueprint


def _may_announce() -> bool:
    return signed_in_user().can(Permission.Notice.ANNOUNCE)


def _tabs() -> list[tuple[str, object]]:
    if not _may_announce():
        return []
    return [("planned", _l("Planned")), ("over", _l("Over")), ("all", _l("All of them"))]


class _Shown(StatusTabs):
    """Tabs whose first one is what is announced to the person now."""

    def apply(self, statement: Select[Any], value: str) -> Select[Any]:
        """Return the statement narrowed to what the tab means."""
        now = clock.now()
        match value:
            case "planned":
                return statement.where(
                    Announcement.shown_since > now, Announcement.withdrawn_at.is_(None)
                )
            case "over":
                return statement.where(~is_shown(), Announcement.shown_since <= now)
            case "all":
                return statement
            case _:
                me = signed_in_user()
                return statement.where(and_(is_shown(), queries.addressed_to(me)))


def _state(announcement: Announcement) -> Tag:
    now = clock.now()
    if announcement.withdrawn_at is not None:
        return Tag(_l("Withdrawn"), "gray")
    if announcement.shown_since > now:
        return Tag(_l("Planned"), "blue")
    if announcement.shown_until is not None and announcement.shown_until <= now:
        return Tag(_l("Over"), "gray")
    return (
        Tag(_l("Pinned"), "orange", "pin")
        if announcement.is_pinned
        else Tag(_l("On show"), "green")
    )


LISTING = Listing(
    name="announcements",
    columns=[
        Column("title", _l("Title"), width="xl"),
        Column("state", _l("State"), value=_state, kind="tag"),
        Column("audience", _l("Our own people"), kind="tag", tags=AUDIENCES),
        Column("portal_audience", _l("Channels' people"), kind="tag", tags=PORTAL_AUDIENCES),
        Column("author", _l("Announced by"), value="author.name"),
        Column("shown_since", _l("Shown from"), kind="datetime"),
        Column("shown_until", _l("Shown until"), kind="datetime"),
    ],
    filters=[
        Filter.text("title", _l("Title"), column=Announcement.title, match="contains"),
        Filter.date_range("from", _l("Shown from"), column=Announcement.shown_since),
    ],
    tabs=_Shown(_tabs, all_label=_l("Now"), counts=False),
    row_url=lambda one: url_for("announcements.show", public_id=one.public_id),
    actions=[
        RowAction(
            _l("Who has read it"),
            lambda one: url_for("announcements.readers", public_id=one.public_id),
            visible=lambda one: _may_announce() and one.audience != Audience.NOBODY,
        ),
        RowAction(
            _l("Who in channels has read it"),
            lambda one: path_of(the_outside().readers_path, one.public_id),
            visible=lambda one: _may_announce() and one.portal_audience != PortalAudience.NOBODY,
        ),
    ],
    exportable=False,
    empty_title=_l("Nothing is announced"),
    empty_hint=_l("Announcements to you will stand here."),
    empty_icon="speakerphone",
)


def read_or_not(statement: Select[Any], value: str) -> Select[Any]:
    """Narrow a list of readers to those who have read it, or who have not."""
    read_at = statement.selected_columns["read_at"]
    return statement.where(read_at.is_not(None) if value == "yes" else read_at.is_(None))


def log_readers(event: audit.Event, announcement: Announcement) -> OnExport:
    """Return what logs that a list of readers left, with the announcement."""

    def log(count: int, filters: Any) -> None:
        record_export(event, count=count, filters=filters, by=signed_in_user(), of=announcement)

    return log


def _in_unit(statement: Select[Any], public_id: str) -> Select[Any]:
    return statement.where(people.works_in(public_id))


READERS = Listing(
    name="readers",
    columns=[
        Column("name", _l("Name"), value="User.name"),
        Column("username", _l("Username"), value="User.username"),
        Column("unit", _l("Organisation unit"), value="User.unit.name"),
        Column("read_at", _l("Read at"), kind="datetime"),
    ],
    filters=[
        Filter.text("name", _l("Name"), column=User.name, match="contains"),
        Filter.choice("unit", _l("Organisation unit"), people.unit_options, apply=_in_unit),
        Filter.flag("read", _l("Has read it"), apply=read_or_not),
    ],
    key="User.public_id",
    empty_title=_l("It is for nobody"),
    empty_icon="users",
)
describe_export(events.READERS_EXPORTED, _l("Readers exported"), READERS)


@announcement_blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    return LISTING.respond(
        queries.announcements(), session(), "announcements/index.html", may=_may_announce()
    )


@announcement_blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> Response:
    me = signed_in_user()
    found = access.announcement(public_id, me)
    may, outside = _may_announce(), the_outside()
    return page(
        "announcements/show.html",
        one=found,
        state=_state(found),
        audience=AUDIENCES[Audience(found.audience)],
        portal_audience=PORTAL_AUDIENCES[PortalAudience(found.portal_audience)],
        targets=_targets(found) if may else [],
        may=may,
        receipts=queries.receipts(found) if may else None,
        portal_receipts=outside.receipts(found, me) if may else None,
        portal_readers=path_of(outside.readers_path, found.public_id),
    )


def _targets(announcement: Announcement) -> list[str]:
    """Return for which grades or channels it is, without the names of those out of reach."""
    beyond = set(the_outside().beyond(announcement, signed_in_user()))
    named = [name for key, name in the_outside().targets(announcement) if key not in beyond]
    if beyond:
        named.append(_("%(count)s that you do not see", count=len(beyond)))
    return named


@announcement_blueprint.post("/<public_id>/read")
@signed_in
def read(public_id: str) -> BaseResponse:
    found = access.announcement(public_id, signed_in_user())
    services.read_announcement(found, by=signed_in_user())
    return Response(status=204)


@announcement_blueprint.get("/<public_id>/readers")
@requires(Permission.Notice.ANNOUNCE)
def readers(public_id: str) -> BaseResponse:
    found = access.announcement(public_id, signed_in_user())
    return READERS.respond(
        cast("Select[Any]", queries.readers_of(found)),
        session(),
        "announcements/readers.html",
        on_export=log_readers(events.READERS_EXPORTED, found),
        one=found,
        receipts=queries.receipts(found),
    )


@announcement_blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Notice.ANNOUNCE)
def new() -> BaseResponse:
    form = _form(None)
    if form.validate_on_submit():
        made = form.attempt(lambda: services.announce(_draft(form), by=signed_in_user()))
        if made is not None:
            return go(url_for("announcements.index"), _("Announced: %(title)s", title=made.title))
    return _edit_page(form, _("Announce something"))


@announcement_blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Notice.ANNOUNCE)
def edit(public_id: str) -> BaseResponse:
    found = access.announcement(public_id, signed_in_user())
    form = _form(found)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_announcement(
                found, _draft(form), version=form.version.data or 0, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(url_for("announcements.show", public_id=public_id), _("Saved."))
    return _edit_page(form, _("Change an announcement"))


@announcement_blueprint.post("/<public_id>/withdraw")
@requires(Permission.Notice.ANNOUNCE)
def withdraw(public_id: str) -> BaseResponse:
    found = access.announcement(public_id, signed_in_user())
    services.withdraw(found, by=signed_in_user())
    return go(url_for("announcements.index"), _("It is shown no longer."))


def _edit_page(form: AnnouncementForm, title: str) -> Response:
    return page("announcements/form.html", http_status=form.status, form=form, title=title)


@lru_cache(maxsize=1)
def _form_class() -> type[AnnouncementForm]:
    """Return the form with the box that looks for channels, whose module is above this one."""

    class WithBranches(AnnouncementForm):
        branches = LookUpsField(_l("Channels"), finder=the_outside().finder, required=False)

    return WithBranches


def _form(found: Announcement | None) -> AnnouncementForm:
    form = _form_class()(obj=found)
    form.grades.refill(the_outside().grades())
    form.units.refill(people.unit_options())
    form.roles.refill(people.role_options())
    beyond = the_outside().beyond(found, signed_in_user()) if found is not None else []
    if beyond:
        form["branches"].help = _(
            "Channels that you do not see, and that stay: %(count)s", count=len(beyond)
        )
    if found is not None and not form.is_submitted():
        form.units.data = [one.public_id for one in found.units]
        form.roles.data = [one.public_id for one in found.roles]
        aimed = [key for key, _name in the_outside().targets(found) if key not in beyond]
        if found.portal_audience == PortalAudience.GRADES:
            form.grades.data = aimed
        else:
            form["branches"].process_data(aimed)
    return form


def _draft(form: AnnouncementForm) -> Draft:
    outside = PortalAudience(form.portal_audience.value)
    return Draft(
        title=form.title.data,
        body=form.body.data,
        audience=Audience(form.audience.value),
        units=people.units_by_public_id(form.units.data or []),
        roles=people.roles_by_public_id(form.roles.data or []),
        portal_audience=outside,
        targets={
            PortalAudience.GRADES: form.grades.data or [],
            PortalAudience.BRANCHES: form["branches"].data or [],
        }.get(outside, []),
        is_pinned=bool(form.is_pinned.data),
        shown_since=form.shown_since.data,
        shown_until=form.shown_until.data,
    )
