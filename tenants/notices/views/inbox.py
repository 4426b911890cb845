"""The inbox and the bell."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, g, jsonify, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.i18n import ngettext
from kit.live import make_ticket
from kit.live.server import PATH
from kit.security import signed_in
from kit.settings import get_settings
from kit.web import BulkAction, Column, Filter, Listing, StatusTabs, done, go, page
from tenants.accounts.realm import current_session, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.notices import access, events, queries, services
from tenants.notices.forms import SnoozeForm
from tenants.notices.kinds import every_kind, find_kind, kind_label, path_of
from tenants.notices.models import Notice
from tenants.notices.views.blueprint import blueprint
from tenants.notices.wording import Words, words_of

MOST_SELECTED = 100


class _Inbox(StatusTabs):
    """Tabs whose first one is what lies in the inbox."""

    def apply(self, statement: Select[Any], value: str) -> Select[Any]:
        """Return the statement narrowed to what the tab means."""
        match value:
            case "unread":
                return statement.where(queries.is_unread())
            case "mentions":
                return statement.where(Notice.is_mention, Notice.archived_at.is_(None))
            case "snoozed":
                return statement.where(queries.is_snoozed())
            case "archived":
                return statement.where(Notice.archived_at.is_not(None))
            case _:
                return statement.where(queries.in_inbox())


def read_words(notice: Notice) -> Words:
    """Return the words of a notice; the workspace's templates are read once for a page."""
    if "notice_templates" not in g:
        g.notice_templates = queries.templates()
    return words_of(notice, g.notice_templates)


def _kinds() -> Sequence[tuple[str, object]]:
    return [(one.code, one.label) for one in every_kind()]


def _bulk() -> list[BulkAction]:
    back = BulkAction(_l("Back to the inbox"), lambda: url_for("notices.bring_back"), icon="inbox")
    if request.args.get("status") in {"archived", "snoozed"}:
        return [back]
    return [
        BulkAction(_l("Mark as read"), lambda: url_for("notices.read_selected"), icon="check"),
        BulkAction(_l("Archive"), lambda: url_for("notices.archive_selected"), icon="archive"),
    ]


LISTING = Listing(
    name="notices",
    columns=[
        Column("title", _l("Notice"), value=lambda one: read_words(one).title, width="xl"),
        Column("kind", _l("Kind of notice"), kind="tag", tags=kind_label),
        Column("created_at", _l("When"), kind="datetime", sort=Notice.id),
        Column("read_at", _l("Read at"), kind="datetime", hidden=True),
        Column("snoozed_until", _l("Sleeps until"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.choice("kind", _l("Kind of notice"), _kinds, column=Notice.kind),
        Filter.date_range("when", _l("When"), column=Notice.created_at),
    ],
    tabs=_Inbox(
        [
            ("unread", _l("Unread")),
            ("mentions", _l("Mentions of me")),
            ("snoozed", _l("Asleep")),
            ("archived", _l("Archived")),
        ],
        all_label=_l("Inbox"),
    ),
    row_url=lambda one: url_for("notices.show", public_id=one.public_id),
    row_class=lambda one: "" if one.read_at else "is-unread",
    bulk=_bulk,
    empty_title=_l("Nothing in your inbox"),
    empty_hint=_l("What concerns you will stand here, and count at the bell."),
    empty_icon="bell",
)
describe_export(events.EXPORTED, _l("Notices exported"), LISTING)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    me = signed_in_user()

    def log(count: int, filters: Any) -> None:
        record_export(events.EXPORTED, count=count, filters=filters, by=me)

    return LISTING.respond(queries.notices_of(me), session(), "notices/index.html", on_export=log)


@blueprint.get("/bell")
@signed_in
def bell() -> Response:
    """Tell how many are unread, with a ticket for the stream that says when to ask again."""
    me = signed_in_user()
    answer = jsonify(
        unread=queries.count_unread(me),
        ticket=make_ticket(realm="office", person=me.public_id, login=current_session().public_id),
        stream=_stream(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _stream() -> str:
    port = get_settings().live_port
    if port is None:
        return PATH
    return f"{request.scheme}://{request.host.partition(':')[0]}:{port}{PATH}"


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> Response:
    notice = access.notice(public_id, signed_in_user())
    kind = find_kind(notice.kind)
    return page(
        "notices/show.html",
        notice=notice,
        words=read_words(notice),
        kind=kind_label(notice.kind),
        url=path_of(kind.path, notice.record_id) if kind else "",
    )


@blueprint.post("/<public_id>/read")
@signed_in
def read(public_id: str) -> BaseResponse:
    notice = access.notice(public_id, signed_in_user())
    services.mark_read([notice.public_id], by=signed_in_user())
    return Response(status=204)


@blueprint.route("/<public_id>/snooze", methods=["GET", "POST"])
@signed_in
def snooze(public_id: str) -> BaseResponse:
    me = signed_in_user()
    notice = access.notice(public_id, me)
    form = SnoozeForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.snooze(notice, until=form.until.value, by=me))
        if not form.refused:
            return go(url_for("notices.index"), _("It comes back then."))
    return page("notices/snooze.html", http_status=form.status, notice=notice, form=form)


@blueprint.post("/read-all")
@signed_in
def read_all() -> BaseResponse:
    count = services.mark_all_read(by=signed_in_user())
    return go(url_for("notices.index"), _counted(count))


def _counted(count: int) -> str:
    return str(ngettext("%(num)s notice", "%(num)s notices", count))


def _selected(verb: Callable[..., int], sentence: str) -> BaseResponse:
    ids = request.form.getlist("ids")[:MOST_SELECTED]
    count = verb(ids, by=signed_in_user())
    return done(f"{sentence} {_counted(count)}", url=url_for("notices.index"))


@blueprint.post("/read")
@signed_in
def read_selected() -> BaseResponse:
    return _selected(services.mark_read, _("Marked as read:"))


@blueprint.post("/archive")
@signed_in
def archive_selected() -> BaseResponse:
    return _selected(services.archive, _("Archived:"))


@blueprint.post("/back")
@signed_in
def bring_back() -> BaseResponse:
    return _selected(services.bring_back, _("Back in the inbox:"))
