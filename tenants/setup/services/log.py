"""Having the log compared with its seals, by a job, and what it found."""

from dataclasses import asdict

from kit import audit
from kit.db import session, transaction
from kit.jobs import enqueue
from kit.jobs.registry import Job
from kit.seals import Report
from tenants.accounts import queries as accounts
from tenants.setup import events
from tenants.setup.models import AuditCheck

KINDS = ("altered", "missing", "inserted", "broken")


def ask_check(work: Job, *, by: audit.Actor) -> str:
    """Have the log compared with its seals; return the job's id."""
    with transaction(even_read_only=True):
        job_id = enqueue(work, asked_by=by.actor_id or None, unique_key="log")
        audit.record(events.CHECK_ASKED, accounts.profile(), by=by)
        return job_id


def record_check(job_id: str, report: Report, *, by: audit.Actor) -> AuditCheck:
    """Write down what a comparison found."""
    with transaction(even_read_only=True):
        found = {
            name: asdict(getattr(report, name))
            for name in (*KINDS, "waiting")
            if getattr(report, name).count
        }
        row = AuditCheck(
            job_id=job_id,
            proven=report.proven,
            findings=found,
            sealed_until=report.sealed.at if report.sealed else None,
        )
        session().add(row)
        session().flush()
        audit.record(
            events.CHECKED,
            row,
            by=by,
            proven=report.proven,
            waiting=report.waiting.count,
            findings=sum(getattr(report, name).count for name in KINDS),
        )
        return row
