"""Background work: PostgreSQL remembers it, Redis is only the doorbell.

A verb calls `enqueue` inside its transaction, which writes an outbox row. The dispatcher sends
rows to RQ, fair across workspaces; a worker opens the workspace, writes the job's effect row and
does the work in one transaction, so a job that runs twice works once. The sweeper sends again
what was sent long ago and has no end. Key words: a *kind* is a declared job, a *place* a cell or
the control plane, a *share* what a workspace may have of the workers, a *wish* a person's cancel
or retry.
"""

from kit.jobs.calendars import Daily, Monthly, month_end
from kit.jobs.outbox import (
    JobStatus,
    enqueue,
    enqueue_batch,
    enqueue_chain,
    enqueue_control,
    find_job,
    unfinished_jobs,
)
from kit.jobs.registry import Backoff, Job, Schedule, job, registered, schedule
from kit.jobs.run import JobRun, Stopped

__all__ = [
    "Backoff",
    "Daily",
    "Job",
    "JobRun",
    "JobStatus",
    "Monthly",
    "Schedule",
    "Stopped",
    "enqueue",
    "enqueue_batch",
    "enqueue_chain",
    "enqueue_control",
    "find_job",
    "job",
    "month_end",
    "registered",
    "schedule",
    "unfinished_jobs",
]
