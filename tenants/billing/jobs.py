"""Background work: the counters of what a plan limits are compared with what is there."""

from datetime import timedelta

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job, schedule
from tenants.billing import mending


@job(
    "billing.mend_counts",
    title=_l("Compare the meters of the plan"),
    queue="bulk",
    stepped=True,
    even_read_only=True,
)
def mend_counts(run: JobRun) -> None:
    """Count orders and files, and mend the counters that say something else."""
    session().rollback()
    mending.mend_orders()
    run.progress(1, 2)
    mending.mend_room()
    run.progress(2, 2)


schedule(mend_counts, every=timedelta(days=1))
