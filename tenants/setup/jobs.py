"""Sealing the log every hour, and comparing it with its seals when somebody asks."""

from datetime import timedelta

from kit import audit, seals
from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job, schedule
from tenants.setup import services

_SEALER = audit.System("seals")


@job(
    "setup.seal_audit",
    title=_l("Seal the audit log"),
    stepped=True,
    queue="bulk",
    timeout=1_800,
    tries=4,
    even_read_only=True,
)
def seal_audit(run: JobRun) -> None:  # noqa: ARG001 - every job gets its run
    """Seal what the log has more than its seals; done twice, it is done once."""
    seals.seal()


@job(
    "setup.check_audit",
    title=_l("Compare the audit log with its seals"),
    cancellable=True,
    stepped=True,
    queue="bulk",
    timeout=3_600,
    tries=2,
    even_read_only=True,
)
def check_audit(run: JobRun) -> None:
    """Compare the log with its seals and write down what was found."""
    if run.is_done("checked"):
        return
    session().rollback()
    report = seals.verify()
    run.once("checked", lambda: _record(run, report))


def _record(run: JobRun, report: seals.Report) -> None:
    services.record_check(run.id, report, by=_SEALER)


schedule(seal_audit, every=timedelta(hours=1))
