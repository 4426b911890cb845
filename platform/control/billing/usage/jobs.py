"""Background work on usage: the sweep over all workspaces, and charges on their way to Stripe."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from control.billing.usage.closing import close_month, due_readings
from control.billing.usage.leaving import ask_for_last_invoices, draw_last_invoice_of
from control.billing.usage.reading import due_accounts, read_account
from control.billing.usage.sending import ask_again, send
from control.billing.usage.taking_back import ask_for_charges, take_back
from kit import jobs
from kit.db import control_session, control_transaction
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

_log = structlog.get_logger("control.billing")


def begin_sweep() -> None:
    """Have workspaces read and months closed by the clock, unless that goes on or none is due."""
    is_due = bool(due_readings() or due_accounts())
    control_session().rollback()
    ask_again()
    ask_for_charges()
    ask_for_last_invoices()
    if is_due:
        with control_transaction():
            jobs.enqueue_control(sweep_usage, unique_key="sweep")


@job(
    "billing.sweep_usage",
    title=_l("Read what workspaces use, and charge months that are over"),
    queue="bulk",
    stepped=True,
    timeout=1_800,
    tries=1,
)
def sweep_usage(run: JobRun) -> None:
    """Charge the months that are over, then read who is due: one workspace after the other.

    One that cannot be asked, because its cell is down or it is being moved, holds up nobody: it is
    due again at the next sweep, as is everything else where this one is cut off.
    """
    closing = [(close_month, one) for one in due_readings()]
    reading = [(read_account, one) for one in due_accounts()]
    control_session().rollback()
    works = closing + reading
    for done, (work, row_id) in enumerate(works, 1):
        try:
            work(row_id)
        except SQLAlchemyError as error:
            control_session().rollback()
            _log.warning("usage.not_read", step=work.__name__, error=type(error).__name__)
        run.progress(done, len(works))


@job(
    "billing.send_usage",
    title=_l("Send a charge beyond the plan to Stripe"),
    stepped=True,
)
def send_charge(run: JobRun, *, charge_id: int) -> None:
    """Make a charge an item of the account's next invoice, where Stripe draws it."""
    if not run.is_done("sent"):
        send(charge_id)
        run.mark("sent")


@job(
    "billing.take_usage_back",
    title=_l("Take a charge back from Stripe, for an invoice by transfer"),
    stepped=True,
)
def take_charge_back(run: JobRun, *, charge_id: int) -> None:
    """Let a charge that waits at Stripe wait for an invoice of ours."""
    if not run.is_done("back"):
        take_back(charge_id)
        run.mark("back")


@job(
    "billing.last_invoice",
    title=_l("Invoice what was used beyond a plan that has ended"),
    stepped=True,
)
def draw_last_invoice(run: JobRun, *, account_id: int) -> None:
    """Have Stripe draw an invoice of charges that no renewal will take along."""
    if not run.is_done("drawn"):
        draw_last_invoice_of(account_id)
        run.mark("drawn")
