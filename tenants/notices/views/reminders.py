"""Work reminders: my list, the box on a record's page, adding, changing and doing them."""

from collections.abc import Iterable
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.db import TenantModel, session
from kit.i18n import format_date, format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import BulkAction, Column, Filter, Listing, StatusTabs, Tag, back_url, done, go, page
from tenants.accounts import access as people
from tenants.accounts import queries as accounts
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.panes import Pane, offer_panes
from tenants.accounts.realm import signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.notices import access, events, queries, services
from tenants.notices.forms import ReminderForm
from tenants.notices.labels import REPEATS, TASKS
from tenants.notices.models import Reminder, Repeat, Task
from tenants.notices.queries.reminders import is_coming, is_for_today, is_open, is_overdue
from tenants.notices.services import NewReminder
from tenants.notices.services.reminders import due_day, due_time, may_change
from tenants.notices.views.blueprint import reminder_blueprint as blueprint

MOST_SELECTED = 100


class _Due(StatusTabs):
    """Tabs by when things are due; the first one is all that is open."""

    def apply(self, statement: Select[Any], value: str) -> Select[Any]:
        """Return the statement narrowed to what the tab means."""
        match value:
            case "overdue":
                return statement.where(is_overdue())
            case "today":
                return statement.where(is_for_today())
            case "coming":
                return statement.where(is_coming())
            case "done":
                return statement.where(Reminder.done_at.is_not(None))
            case _:
                return statement.where(is_open())


def due_text(reminder: Reminder) -> str:
    """Return when a reminder is due as people read it: a day, or a time of it."""
    if reminder.has_time:
        return format_datetime(reminder.due_at)
    return format_date(due_day(reminder))


def due_tag(reminder: Reminder) -> Tag:
    """Return when a reminder is due, coloured by how pressing it is."""
    if reminder.done_at is not None:
        return Tag(_("Done"), "green", "check")
    text = due_text(reminder)
    if reminder.due_at <= clock.now():
        return Tag(_("Overdue: %(when)s", when=text), "red", "alarm")
    if due_day(reminder) == clock.today():
        hour = f"{due_time(reminder):%H:%M}" if reminder.has_time else ""
        return Tag(" ".join(filter(None, [_("Today"), hour])), "orange", "alarm")
    return Tag(text, "azure", "calendar")


def _record_url(reminder: Reminder) -> str:
    kind = find_kind(reminder.record_kind)
    return kind.url(reminder.record_id) if kind else ""


def _bulk() -> list[BulkAction]:
    if request.args.get("status") == "done":
        return []
    return [
        BulkAction(_l("Mark as done"), lambda: url_for("reminders.finish_selected"), icon="check")
    ]


def _record_label(code: str) -> object:
    kind = find_kind(code)
    return kind.one if kind else code


LISTING = Listing(
    name="reminders",
    columns=[
        Column("task", _l("What to do"), value=lambda one: TASKS[Task(one.task)]),
        Column("due", _l("Due"), value=due_tag, kind="tag", sort=Reminder.due_at),
        Column("record_name", _l("Record"), second=lambda one: _record_label(one.record_kind)),
        Column("note", _l("Note"), wrap=True),
        Column("author", _l("Given by"), value="author.name"),
        Column("done_at", _l("Done at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.choice("task", _l("What to do"), list(TASKS.items()), column=Reminder.task),
        Filter.text("record", _l("Record"), column=Reminder.record_name),
        Filter.date_range("due", _l("Due"), column=Reminder.due_at),
    ],
    tabs=_Due(
        [
            ("overdue", _l("Overdue")),
            ("today", _l("Today")),
            ("coming", _l("Coming")),
            ("done", _l("Done")),
        ],
        all_label=_l("Still to do"),
    ),
    default_sort="due",
    row_url=lambda one: url_for("reminders.show", public_id=one.public_id),
    bulk=_bulk,
    empty_title=_l("Nothing to do"),
    empty_hint=_l("Add a reminder on the page of an order or a customer."),
    empty_icon="alarm",
)
EXPORTED = events.REMINDERS_EXPORTED
describe_export(EXPORTED, _l("Reminders exported"), LISTING)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    me = signed_in_user()

    def log(count: int, filters: Any) -> None:
        record_export(EXPORTED, count=count, filters=filters, by=me)

    return LISTING.respond(queries.reminders(me), session(), "reminders/index.html", on_export=log)


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> Response:
    found = access.reminder(public_id, signed_in_user())
    return page(
        "reminders/show.html",
        one=found,
        task=TASKS[Task(found.task)],
        due=due_tag(found),
        record=_record_label(found.record_kind),
        record_url=_record_url(found),
        repeats=REPEATS[Repeat(found.repeats)] if found.repeats else None,
        following=TASKS[Task(found.next_task)] if found.next_task else None,
    )


@offer_panes(40)
def _pane(kind: RecordKind, row: TenantModel) -> Iterable[Pane]:
    is_over = getattr(row, "deleted_at", None) or getattr(row, "is_erased", False)
    if kind.carries and not is_over:
        url = url_for("reminders.of", public_id=row.public_id)
        yield Pane(key="reminders", label=_("Reminders"), url=url)


@blueprint.get("/of/<public_id>")
@signed_in
def of(public_id: str) -> Response:
    """Show the reminders of one record, for a tab of its page."""
    me = signed_in_user()
    _kind, name = access.record(public_id, me)
    return page(
        "reminders/of.html",
        record_id=public_id,
        name=name,
        reminders=queries.reminders_of(public_id),
        is_following=queries.is_following(me, public_id),
        due_tag=due_tag,
        tasks=TASKS,
        may_change=lambda one: may_change(one, me),
    )


@blueprint.route("/new/<public_id>", methods=["GET", "POST"])
@signed_in
def new(public_id: str) -> BaseResponse:
    me = signed_in_user()
    kind, name = access.record(public_id, me)
    form = ReminderForm()
    form.assignee.refill(accounts.active_user_options())
    if not form.is_submitted():
        form.assignee.data = me.public_id
    if form.validate_on_submit():
        made = form.attempt(
            lambda: services.add_reminder(
                kind,
                public_id,
                _entered(form),
                assignee=people.user(form.assignee.value),
                by=me,
                key=form.submission.data,
            )
        )
        if made is not None:
            return go(kind.url(public_id), _("The reminder is set."))
    return page(
        "reminders/form.html",
        http_status=form.status,
        form=form,
        title=_("Remind of %(record)s", record=name),
        back=kind.url(public_id),
    )


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(public_id: str) -> BaseResponse:
    me = signed_in_user()
    found = access.reminder(public_id, me)
    form = ReminderForm(obj=found)
    form.assignee.refill(accounts.active_user_options())
    if not form.is_submitted():
        form.assignee.data = found.assignee.public_id
        form.due_on.data, form.due_time.data = due_day(found), due_time(found)
    back = url_for("reminders.show", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_reminder(
                found,
                _entered(form),
                assignee=people.user(form.assignee.value),
                version=form.version.data or 0,
                by=me,
            )
        )
        if not form.refused:
            # It may be somebody else's now, and then its page is as well.
            mine = me.id == found.author_id or form.assignee.value == me.public_id
            return go(back if mine else url_for("reminders.index"), _("Saved."))
    return page(
        "reminders/form.html",
        http_status=form.status,
        form=form,
        title=_("Change a reminder"),
        back=back,
    )


@blueprint.post("/<public_id>/done")
@signed_in
def finish(public_id: str) -> BaseResponse:
    me = signed_in_user()
    following = services.finish_reminder(access.reminder(public_id, me), by=me)
    sentence = _("Done.")
    if following is not None:
        sentence = _(
            "Done. Next: %(task)s, %(when)s",
            task=TASKS[Task(following.task)],
            when=due_text(following),
        )
    return done(sentence, url=back_url(url_for("reminders.index")))


@blueprint.post("/done")
@signed_in
def finish_selected() -> BaseResponse:
    me = signed_in_user()
    count = 0
    for public_id in request.form.getlist("ids")[:MOST_SELECTED]:
        services.finish_reminder(access.reminder(public_id, me), by=me)
        count += 1
    return done(_("%(count)s done.", count=count), url=url_for("reminders.index"))


@blueprint.post("/<public_id>/remove")
@signed_in
def remove(public_id: str) -> BaseResponse:
    me = signed_in_user()
    services.remove_reminder(access.reminder(public_id, me), by=me)
    return go(url_for("reminders.index"), _("The reminder is deleted."))


@blueprint.post("/follow/<public_id>")
@signed_in
def follow(public_id: str) -> BaseResponse:
    kind, name = access.record(public_id, signed_in_user())
    services.follow(kind, public_id, by=signed_in_user())
    return done(
        _("You are told what happens to %(record)s.", record=name),
        url=kind.url(public_id),
    )


@blueprint.post("/unfollow/<public_id>")
@signed_in
def unfollow(public_id: str) -> BaseResponse:
    kind, name = access.record(public_id, signed_in_user())
    services.unfollow(kind, public_id, by=signed_in_user())
    return done(
        _("You are told no longer what happens to %(record)s.", record=name),
        url=kind.url(public_id),
    )


def _entered(form: ReminderForm) -> NewReminder:
    return NewReminder(
        task=Task(form.task.value),
        due_on=form.due_on.value,
        due_time=form.due_time.data,
        note=form.note.data or "",
        repeats=Repeat(form.repeats.data) if form.repeats.data else None,
        next_task=Task(form.next_task.data) if form.next_task.data else None,
        next_days=form.next_days.data,
    )
