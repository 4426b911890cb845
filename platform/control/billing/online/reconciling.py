"""The reconcile as one piece of background work, also asked for by an operator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from control.billing.online import inbox, reconcile
from control.billing.online.resuming import resume_halted
from control.billing.online.stopping import stop_forgotten
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, JobStatus, job
from kit.jobs.outbox import status_of
from kit.jobs.tables import UNENDED, JobState, control_outbox
from kit.payments import has_stripe

ASKED = audit.Event.named("billing:reconcile_asked")
DONE = audit.Event.named(
    "billing:reconciled", "missed", "requeued", "customers", "drifted", "skipped"
)
SECONDS = 1_200
"""Then what is left goes on in another piece of work: no queue is held up for longer."""
_OVERLAP = timedelta(hours=1)
_LOOK_BACK = timedelta(days=3)
_REMEMBERED = timedelta(days=29)


@dataclass(frozen=True, slots=True)
class Comparing:
    """The comparison with Stripe, in the audit log."""

    public_id: str = "reconcile"


COMPARING = Comparing()


def ask_reconcile(*, by: audit.Actor) -> None:
    """Have the mirror compared with Stripe now; Refused without Stripe or while that goes on."""
    if not has_stripe():
        raise Refused(_("Stripe is not set up, so there is nothing to compare with."))
    with control_transaction():
        if is_under_way():
            raise Refused(_("The comparison is under way already."))
        audit.record_control(ASKED, COMPARING, by=by)
        _begin(is_whole=True)


def begin_reconcile() -> None:
    """Have the mirror compared with Stripe by the clock, unless that goes on already.

    And what was asked of Stripe for who is gone, if that came to nothing, asked again.
    """
    if not has_stripe():
        return
    stop_forgotten()
    resume_halted()
    with control_transaction():
        if not is_under_way():
            _begin(is_whole=False)


def _begin(*, is_whole: bool) -> None:
    jobs.enqueue_control(run_reconcile, asked_at=clock.now().isoformat(), is_whole=is_whole)


def is_under_way() -> bool:
    """Tell whether a comparison waits or runs."""
    return under_way() is not None


def under_way() -> JobStatus | None:
    """Return how the comparison stands that waits or runs; None when there is none."""
    found = control_session().execute(
        select(control_outbox)
        .where(
            control_outbox.c.workspace == "",
            control_outbox.c.kind == run_reconcile.kind,
            control_outbox.c.state.in_(UNENDED),
        )
        .limit(1)
    )
    row = found.one_or_none()
    return status_of(row) if row is not None else None


@job(
    "billing.reconcile",
    title=_l("Compare the mirror with Stripe"),
    queue="bulk",
    stepped=True,
    timeout=1_800,
)
def run_reconcile(run: JobRun, *, asked_at: str = "", is_whole: bool = False) -> None:
    """Fetch events that never came, apply what waits, and mend what differs.

    Compared are the customers whose turn it is or, of the whole, all. Each is a step by itself: one
    that was compared is not asked for again, whatever ends this in between.
    """
    if run.is_done("compared"):
        return
    began = datetime.fromisoformat(asked_at) if asked_at else clock.now()
    reconcile.fetch_missed_events(_told_until())
    requeued = reconcile.requeue_waiting()
    compared = reconcile.compare_due(
        since=began if is_whole else None, seconds=SECONDS, progress=run.progress
    )

    def note() -> None:
        # Who is due by the clock comes first in an hour anyway.
        if is_whole and not compared.is_finished:
            jobs.enqueue_control(run_reconcile, asked_at=began.isoformat(), is_whole=is_whole)
            return
        audit.record_control(
            DONE,
            COMPARING,
            by=audit.SYSTEM,
            missed=inbox.entered_since(began, way="reconcile"),
            requeued=requeued,
            customers=reconcile.compared_since(began),
            drifted=reconcile.drifted_since(began),
            skipped=compared.skipped,
        )

    run.once("compared", note)


def _told_until() -> datetime:
    """Return the moment up to which Stripe's events were looked through.

    That is when the last comparison began that came to its end, and an hour for what Stripe lists
    late; without one, some days. Stripe itself remembers a month.
    """
    last = control_session().scalar(
        select(func.max(control_outbox.c.begun_at)).where(
            control_outbox.c.workspace == "",
            control_outbox.c.kind == run_reconcile.kind,
            control_outbox.c.state == JobState.DONE,
        )
    )
    now = clock.now()
    return max(last - _OVERLAP if last else now - _LOOK_BACK, now - _REMEMBERED)
