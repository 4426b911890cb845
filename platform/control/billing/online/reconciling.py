"""The reconcile as one piece of background work, also asked for by an operator."""

from dataclasses import dataclass

from sqlalchemy import select

from control.billing.online import reconcile
from control.billing.online.resuming import resume_halted
from control.billing.online.stopping import stop_forgotten
from kit import audit, jobs
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.jobs.tables import ENDED, control_outbox
from kit.payments import has_stripe

ASKED = audit.Event.named("billing:reconcile_asked")
DONE = audit.Event.named("billing:reconciled", "missed", "requeued", "drifted", "skipped")


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
        jobs.enqueue_control(run_reconcile)


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
            jobs.enqueue_control(run_reconcile)


def is_under_way() -> bool:
    """Tell whether a comparison waits or runs."""
    found = control_session().scalar(
        select(control_outbox.c.id)
        .where(
            control_outbox.c.kind == run_reconcile.kind,
            control_outbox.c.state.not_in(ENDED),
        )
        .limit(1)
    )
    return found is not None


@job(
    "billing.reconcile",
    title=_l("Compare the mirror with Stripe"),
    queue="bulk",
    stepped=True,
    timeout=1_800,
)
def run_reconcile(run: JobRun) -> None:
    """Fetch what Stripe could not deliver, apply what waits, and mend what differs."""
    if run.is_done("compared"):
        return
    missed = reconcile.fetch_missed_events()
    requeued = reconcile.requeue_waiting()
    compared = reconcile.compare_changed()

    def note() -> None:
        audit.record_control(
            DONE,
            COMPARING,
            by=audit.SYSTEM,
            missed=missed,
            requeued=requeued,
            drifted=compared.drifted,
            skipped=compared.skipped,
        )

    run.once("compared", note)
