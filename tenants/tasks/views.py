"""The task centre: a list of what works in the background, and a page for each task."""

from typing import Any

from flask import Response, g, request, url_for
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.outbox import status_of
from kit.jobs.registry import registered
from kit.jobs.tables import FLYING, JobState
from kit.security import RealmBlueprint, signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, done, page
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.timeline import as_events, describe_export
from tenants.tasks import access, events, queries, services
from tenants.tasks.labels import STATES, cause, kind_label, state_tag
from tenants.tasks.queries import TASKS

blueprint = RealmBlueprint(
    "tasks", __name__, realm=OFFICE, url_prefix="/tasks", template_folder="templates"
)
blueprints = (blueprint,)
_UNDER_WAY = "flying"


def _kinds() -> list[tuple[str, object]]:
    labels = sorted((one.label, kind) for kind, one in registered().items())
    return [(kind, label) for label, kind in labels]


def _person(task: Any) -> str:
    if task.person is None:
        return str(_("By the clock"))
    names: dict[str, str] = g.setdefault("task_people", {})
    if task.person not in names:
        names[task.person] = queries.name_of(task.person)
    return names[task.person]


def _progress(task: Any) -> str:
    status = status_of(task)
    if status.state == JobState.WAITING and status.waits_for_other:
        return str(_("Waits for another task"))
    if not status.total:
        return ""
    return f"{status.percent} %"


def _flying(statement: Select[Any]) -> Select[Any]:
    return statement.where(TASKS.state.in_(FLYING))


LISTING = Listing(
    "tasks",
    [
        Column("kind", _l("Background task"), value=lambda task: kind_label(task.kind)),
        Column("state", _l("State"), kind="tag", tags=state_tag),
        Column(
            "progress",
            _l("Progress"),
            value=_progress,
            second=lambda task: task.step if task.state in FLYING else None,
        ),
        Column("cause", _l("Why not"), value=cause, wrap=True),
        Column("person", _l("Asked for by"), value=_person),
        Column("created_at", _l("Asked for at"), kind="datetime", sort=TASKS.created_at),
        Column("begun_at", _l("Begun at"), kind="datetime", hidden=True),
        Column("ended_at", _l("Ended at"), kind="datetime"),
        Column("attempts", _l("Attempts"), kind="number", hidden=True),
    ],
    filters=[
        Filter.choice("kind", _l("Background task"), _kinds, column=TASKS.kind),
        Filter.flag(
            "own",
            _l("Only mine"),
            apply=lambda statement, _value: statement.where(
                TASKS.person == signed_in_user().public_id
            ),
        ),
        Filter.date_range("asked", _l("Asked for at"), column=TASKS.created_at),
    ],
    tabs=StatusTabs(
        [
            (JobState.WAITING.value, STATES[JobState.WAITING]),
            (_UNDER_WAY, _l("Under way")),
            *(
                (one.value, STATES[one])
                for one in (
                    JobState.DONE,
                    JobState.DEAD,
                    JobState.REFUSED,
                    JobState.CANCELLED,
                    JobState.EXPIRED,
                )
            ),
        ],
        column=TASKS.state,
        name="state",
        custom={_UNDER_WAY: _flying},
    ),
    default_sort="-created_at",
    key="id",
    key_column=TASKS.id,
    identity=TASKS.id,
    row_url=lambda task: url_for("tasks.show", task_id=task.id),
    actions=[
        RowAction(
            _l("Stop"),
            lambda task: url_for("tasks.cancel", task_id=task.id),
            post=True,
            confirm=lambda task: _("Stop “%(name)s”?", name=kind_label(task.kind)),
            visible=lambda task: (
                queries.is_cancellable(task) and access.may_change(task, signed_in_user())
            ),
        ),
        RowAction(
            _l("Try again"),
            lambda task: url_for("tasks.retry", task_id=task.id),
            post=True,
            confirm=lambda task: _("Try “%(name)s” again?", name=kind_label(task.kind)),
            visible=lambda task: (
                queries.is_retriable(task) and access.may_change(task, signed_in_user())
            ),
        ),
    ],
    empty_title=_l("Nothing works in the background"),
    empty_hint=_l("Imports, exports and what is done with many rows show here."),
    empty_icon="stack-2",
)


def _listed(person: User, _args: "MultiDict[str, str]") -> Select[Any]:
    return queries.tasks_of(person)


describe_export(events.EXPORTED, _l("Background tasks exported"), LISTING)
SOURCE = offer_export(
    LISTING, _l("Background tasks"), event=events.EXPORTED, permission=None, statement=_listed
)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    return LISTING.respond(_listed(signed_in_user(), request.args), session(), "tasks/index.html")


@blueprint.get("/<task_id>")
@signed_in
def show(task_id: str) -> Response:
    """Show a task; while it is under way the page asks again when it hears of it."""
    person = signed_in_user()
    task = access.task(task_id, person)
    status = status_of(task)
    may_change = access.may_change(task, person)
    asked = queries.wishes_for(task.id)
    parts = queries.parts_of(task.id)
    return page(
        "tasks/show.html",
        task=task,
        status=status,
        title=kind_label(task.kind),
        state=state_tag(task.state),
        cause=cause(task),
        parts=[(state_tag(state), count) for state, count in parts.items()],
        neighbours=[
            (one, kind_label(one.kind), state_tag(one.state)) for one in queries.neighbours(task)
        ],
        asked_by=_person(task),
        is_stopping=(status.is_cancelling or "cancel" in asked) and not status.has_ended,
        may_cancel=may_change and queries.is_cancellable(task) and not asked,
        may_retry=may_change and queries.is_retriable(task) and not asked,
        events=as_events(log_of(str(task.id))),
    )


@blueprint.post("/<task_id>/cancel")
@signed_in
def cancel(task_id: str) -> BaseResponse:
    person = signed_in_user()
    services.cancel_task(access.task_to_change(task_id, person), by=person)
    return done(
        _("The task is being stopped; what is done stays."),
        url=url_for("tasks.show", task_id=task_id),
    )


@blueprint.post("/<task_id>/retry")
@signed_in
def retry(task_id: str) -> BaseResponse:
    person = signed_in_user()
    services.retry_task(access.task_to_change(task_id, person), by=person)
    return done(_("It is waiting to be tried again."), url=url_for("tasks.show", task_id=task_id))
