"""How the words of tasks read."""

from typing import Any

from sqlalchemy import Row

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.registry import registered
from kit.jobs.tables import JobState
from kit.web import Tag
from tenants.accounts.wording import Detail, describe
from tenants.tasks import events

STATES = {
    JobState.WAITING: _l("Waiting"),
    JobState.SENT: _l("About to begin"),
    JobState.RUNNING: _l("Running"),
    JobState.DONE: _l("Done"),
    JobState.REFUSED: _l("Refused"),
    JobState.DEAD: _l("Failed"),
    JobState.CANCELLED: _l("Stopped"),
    JobState.EXPIRED: _l("Too late"),
}
_COLOURS = {
    JobState.WAITING: "gray",
    JobState.SENT: "azure",
    JobState.RUNNING: "blue",
    JobState.DONE: "green",
    JobState.REFUSED: "orange",
    JobState.DEAD: "red",
    JobState.CANCELLED: "gray",
    JobState.EXPIRED: "yellow",
}


def state_tag(state: str) -> Tag:
    """Return the coloured word for where a task stands."""
    known = JobState(state)
    return Tag(STATES[known], _COLOURS[known])


def kind_label(kind: Any) -> str:
    """Return what people call a kind of work; its code where this release does not know it."""
    known = registered().get(str(kind))
    return known.label if known else str(kind)


def cause(task: Row[Any]) -> str:
    """Return why a task did not end well: a refusal's own sentence, or that it failed."""
    if not task.error:
        return ""
    if task.state == JobState.REFUSED:
        return str(task.error)
    # The name of a fault says something to the operator, who sees it; to others it is noise.
    return str(_("It failed %(count)s times.", count=task.attempts))


describe(
    {
        events.CANCEL_ASKED.name: _l("Background task stopped"),
        events.RETRY_ASKED.name: _l("Background task tried again"),
    },
    details={"kind": Detail(_l("Background task"), show=kind_label)},
    subjects={"Task": _l("Background task")},
)
