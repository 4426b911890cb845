"""Background work: PostgreSQL remembers it, Redis is only the doorbell.

A verb calls `enqueue` inside its transaction, which writes an outbox row. The dispatcher sends
rows to RQ, fair across workspaces; a worker opens the workspace, writes the job's effect row and
does the work in one transaction, so a job that runs twice works once. The sweeper sends again
what was sent long ago and has no end.
"""

from kit.jobs.outbox import JobStatus, enqueue, enqueue_control, find_job, unfinished_jobs
from kit.jobs.registry import Job, Schedule, job, registered, schedule
from kit.jobs.runner import JobRun

__all__ = [
    "Job",
    "JobRun",
    "JobStatus",
    "Schedule",
    "enqueue",
    "enqueue_control",
    "find_job",
    "job",
    "registered",
    "schedule",
    "unfinished_jobs",
]
