"""Background work as a whole: queues, workspaces and their shares, failures by cause, the clock."""

from datetime import timedelta
from typing import Any

from flask import Response, g, request, url_for
from flask_login import current_user
from sqlalchemy import Row, Select, or_, select
from werkzeug.wrappers import Response as BaseResponse

from control.console import access, queries, working, workload
from control.console.forms import ShareForm
from control.console.labels import JOB_STATES, QUEUE_NAMES
from control.console.realm import blueprint
from control.provisioning.upkeep import duties
from kit.db import apart
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.calendars import Daily, Monthly
from kit.jobs.registry import Schedule, registered, schedules
from kit.jobs.tables import Place
from kit.security import signed_in
from kit.settings import get_settings
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, Tag, done, page

NO_WORKSPACE = "-"
_STANDS = {"paused": Tag(_l("Paused"), "orange"), "open": Tag(_l("Not paused"), "green")}


def _by() -> Any:
    return current_user._get_current_object()  # noqa: SLF001 - flask-login's way


def _schema(name: str) -> str:
    return "" if name == NO_WORKSPACE else name


def _place() -> tuple[str, Place]:
    name = request.args.get("place", queries.CONTROL)
    return name, access.place(name)


def kind_label(kind: str) -> str:
    """Return what a kind of work is called; its code where this release does not know it."""
    known = registered().get(kind)
    return known.label if known else kind


def age(seconds: int) -> str:
    """Return a length of time in the largest unit that says it: 45 s, 12 min, 3 h."""
    if seconds < 120:
        return str(_("%(count)s s", count=seconds))
    if seconds < 7_200:
        return str(_("%(count)s min", count=seconds // 60))
    return str(_("%(count)s h", count=seconds // 3_600))


def _name(row: Row[Any]) -> str:
    if not row.workspace:
        return str(_("Control plane"))
    return str(g.workspace_names.get(row.workspace) or row.workspace)


def _shown(listing: Listing, statement: Select[Any], place: Place) -> Any:
    with apart(place.cell) as own:
        shown = listing.page(statement, own, args=request.args)
    g.workspace_names = queries.workspace_names(
        {row.workspace for row in shown.rows if getattr(row, "workspace", "")}
    )
    return shown


# --- queues and workspaces ---


def _loads(loads: Any) -> Listing:
    def url(endpoint: str, row: Row[Any]) -> str:
        return url_for(
            f"console.{endpoint}", place=row.place, workspace=row.workspace or NO_WORKSPACE
        )

    def matching(statement: Select[Any], word: str) -> Select[Any]:
        schemas = queries.schemas_matching(word)
        return statement.where(or_(loads.c.workspace == word, loads.c.workspace.in_(schemas)))

    return Listing(
        "work-loads",
        [
            Column(
                "workspace",
                _l("Workspace"),
                value=_name,
                second=lambda row: row.workspace or None,
                sort=loads.c.workspace,
            ),
            Column("waiting", _l("Due and waiting"), kind="number"),
            Column("oldest", _l("The oldest waits for"), value=_oldest),
            Column("flying", _l("Under way"), kind="number"),
            Column("done", _l("Done in an hour"), kind="number"),
            Column("dead", _l("Dead"), kind="number"),
            Column("share", _l("Share of the workers"), value=_share),
            Column("stand", _l("State"), kind="tag", tags=_STANDS),
        ],
        filters=[Filter.search(matching, label=_l("Name, address or opaque id"))],
        tabs=StatusTabs(
            [(stand, tag.label) for stand, tag in _STANDS.items()],
            column=loads.c.stand,
            name="stand",
        ),
        default_sort="workspace",
        key="workspace",
        key_column=loads.c.workspace,
        identity=loads.c.workspace,
        actions=[
            RowAction(_l("Set the share"), lambda row: url("share_of_work", row)),
            RowAction(
                _l("Pause"),
                lambda row: url("pause_workspace", row),
                post=True,
                confirm=lambda row: _("Send no more work of %(name)s?", name=_name(row)),
                visible=lambda row: row.paused_at is None,
            ),
            RowAction(
                _l("Resume"),
                lambda row: url("resume_workspace", row),
                post=True,
                visible=lambda row: row.paused_at is not None,
            ),
        ],
        also=("place",),
        exportable=False,
        empty_title=_l("Nobody has work"),
        empty_icon="circle-check",
    )


def _oldest(row: Row[Any]) -> str:
    return "" if row.longest is None else age(max(0, int(row.longest / timedelta(seconds=1))))


def _share(row: Row[Any]) -> str:
    words = []
    if row.weight is not None:
        words.append(str(_("weight %(count)s", count=row.weight)))
    if row.in_flight is not None:
        words.append(str(_("at most %(count)s at once", count=row.in_flight)))
    if row.per_minute is not None:
        words.append(str(_("%(count)s a minute", count=row.per_minute)))
    return str(_(", ")).join(words) or str(_("as usual"))


@blueprint.get("/work/queues")
@signed_in
def queues() -> Response:
    name, place = _place()
    kinds = workload.kind_loads(place)
    shown = None
    if kinds is not None:
        loads = workload.workspace_loads(name, place)
        shown = _shown(_loads(loads), select(loads), place)
    return page(
        "console/queues.html",
        place=name,
        places=queries.place_names(),
        kinds=kinds,
        queues=workload.queue_loads(kinds or []),
        queue_names=QUEUE_NAMES,
        listing=shown,
        age=age,
        settings=get_settings(),
    )


def _paused(
    place_name: str, *, workspace: str = "", kind: str = "", is_pause: bool
) -> BaseResponse:
    verb = working.pause if is_pause else working.resume
    verb(access.place(place_name), workspace=workspace, kind=kind, by=_by())
    words = (
        _("No more is sent; what is under way goes on.") if is_pause else _("Work is sent again.")
    )
    return done(words, url=url_for("console.queues", place=place_name))


@blueprint.post("/work/<place>/workspaces/<workspace>/pause")
@signed_in
def pause_workspace(place: str, workspace: str) -> BaseResponse:
    return _paused(place, workspace=_known(place, workspace), is_pause=True)


@blueprint.post("/work/<place>/workspaces/<workspace>/resume")
@signed_in
def resume_workspace(place: str, workspace: str) -> BaseResponse:
    return _paused(place, workspace=_known(place, workspace), is_pause=False)


@blueprint.post("/work/<place>/kinds/<kind>/pause")
@signed_in
def pause_kind(place: str, kind: str) -> BaseResponse:
    if kind not in registered():
        raise Missing(kind)
    return _paused(place, kind=kind, is_pause=True)


@blueprint.post("/work/<place>/kinds/<kind>/resume")
@signed_in
def resume_kind(place: str, kind: str) -> BaseResponse:
    return _paused(place, kind=kind, is_pause=False)


def _known(place_name: str, workspace: str) -> str:
    """Return the opaque id in an address; Missing for one that the place does not know."""
    schema = _schema(workspace)
    if not workload.has_work(access.place(place_name), schema):
        raise Missing(workspace)
    return schema


@blueprint.route("/work/<place>/workspaces/<workspace>/share", methods=["GET", "POST"])
@signed_in
def share_of_work(place: str, workspace: str) -> BaseResponse:
    schema, found = _known(place, workspace), access.place(place)
    form = ShareForm(data=workload.share_of(found, schema))
    if form.validate_on_submit():
        working.set_share(found, schema, **form.values(), by=_by())
        return done(_("The share is set."), url=url_for("console.queues", place=place))
    names = queries.workspace_names({schema})
    return page(
        "console/share.html",
        http_status=form.status,
        form=form,
        place=place,
        workspace=workspace,
        name=names.get(schema) or (schema or _("Control plane")),
        settings=get_settings(),
    )


# --- failures ---


def _failures(table: Any) -> Listing:
    return Listing(
        "work-failures",
        [
            Column("kind", _l("Kind"), value=lambda row: kind_label(row.kind), second="kind"),
            Column("error", _l("Cause"), value=lambda row: row.error or "–"),
            Column("pieces", _l("Pieces"), kind="number"),
            Column("workspaces", _l("Workspaces"), kind="number"),
            Column("first_at", _l("First"), kind="datetime"),
            Column("last_at", _l("Last"), kind="datetime"),
        ],
        filters=[
            Filter.text("kind", _l("Kind"), column=table.c.kind, match="contains"),
            Filter.text("error", _l("Cause"), column=table.c.error, match="contains"),
        ],
        default_sort="-id",
        key="id",
        key_column=table.c.id,
        identity=table.c.id,
        actions=[
            RowAction(
                _l("Try all again"),
                lambda row: url_for(
                    "console.retry_cause", place=row.place, kind=row.kind, error=row.error
                ),
                post=True,
                confirm=lambda row: _("Try %(count)s pieces again?", count=row.pieces),
            ),
            RowAction(
                _l("Discard all"),
                lambda row: url_for(
                    "console.discard_cause", place=row.place, kind=row.kind, error=row.error
                ),
                post=True,
                danger=True,
                confirm=lambda row: _("Give %(count)s pieces up for good?", count=row.pieces),
            ),
        ],
        also=("place",),
        exportable=False,
        empty_title=_l("Nothing died"),
        empty_hint=_l("Work that failed for good stands here by its cause."),
        empty_icon="circle-check",
    )


@blueprint.get("/work/failures")
@signed_in
def failures() -> Response:
    name, place = _place()
    table = workload.failures(name, place)
    return page(
        "console/failures.html",
        place=name,
        places=queries.place_names(),
        listing=_shown(_failures(table), select(table), place),
    )


@blueprint.post("/work/<place>/kinds/<kind>/retry")
@signed_in
def retry_cause(place: str, kind: str) -> BaseResponse:
    count = working.retry_cause(
        access.place(place), kind=kind, error=request.args.get("error", ""), by=_by()
    )
    return done(
        _("%(count)s pieces wait to be tried again.", count=count),
        url=url_for("console.failures", place=place),
    )


@blueprint.post("/work/<place>/kinds/<kind>/discard")
@signed_in
def discard_cause(place: str, kind: str) -> BaseResponse:
    count = working.discard_cause(
        access.place(place), kind=kind, error=request.args.get("error", ""), by=_by()
    )
    return done(
        _("%(count)s pieces are given up.", count=count),
        url=url_for("console.failures", place=place),
    )


# --- the clock ---


def when(schedule: Schedule) -> str:
    """Return a schedule's calendar in words."""
    calendar = schedule.calendar
    if isinstance(calendar, Daily):
        return str(_("daily at %(at)s", at=calendar.at))
    if isinstance(calendar, Monthly):
        if calendar.day >= 31:
            return str(_("at the end of the month at %(at)s", at=calendar.at))
        return str(_("monthly on day %(day)s at %(at)s", day=calendar.day, at=calendar.at))
    return every(calendar.period)


def every(period: timedelta) -> str:
    """Return a period in words."""
    return str(_("every %(length)s", length=age(int(period.total_seconds()))))


def _titles() -> dict[str, tuple[str, str]]:
    """Return what each schedule is called and when it is due: of workspaces, and our own."""
    found = {one.name: (one.job.label, when(one)) for one in schedules()}
    return found | {one.name: (str(one.title), every(one.every)) for one in duties()}


def _clock(table: Any) -> Listing:
    titles = _titles()

    def matching(statement: Select[Any], word: str) -> Select[Any]:
        schemas = queries.schemas_matching(word)
        return statement.where(or_(table.c.workspace == word, table.c.workspace.in_(schemas)))

    return Listing(
        "work-clock",
        [
            Column(
                "name",
                _l("Recurring work"),
                value=lambda row: titles.get(row.name, (row.name, ""))[0],
                second=lambda row: titles.get(row.name, ("", ""))[1],
            ),
            Column(
                "workspace", _l("Workspace"), value=_name, second=lambda row: row.workspace or None
            ),
            Column("last_at", _l("Last due"), kind="datetime"),
            Column("state", _l("How it went"), kind="tag", tags=JOB_STATES),
            Column("next_at", _l("Due next"), kind="datetime"),
        ],
        filters=[
            Filter.choice(
                "name",
                _l("Recurring work"),
                sorted((name, label) for name, (label, _when) in titles.items()),
                column=table.c.name,
            ),
            Filter.search(matching, label=_l("Name, address or opaque id")),
        ],
        default_sort="-id",
        key="id",
        key_column=table.c.id,
        identity=table.c.id,
        also=("place",),
        exportable=False,
        empty_title=_l("The clock remembers nothing yet"),
        empty_icon="clock",
    )


@blueprint.get("/work/schedules")
@signed_in
def work_schedules() -> Response:
    name, place = _place()
    table = workload.clocks(name, place)
    return page(
        "console/schedules.html",
        place=name,
        places=queries.place_names(),
        listing=_shown(_clock(table), select(table), place),
    )
