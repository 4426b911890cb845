"""Background work of this module."""

from datetime import timedelta

from kit.jobs import JobRun, job, schedule
from tenants.bulk import applying, services, staging


@job("bulk.check_import", queue="long", stepped=True, timeout=900)
def check_import(run: JobRun, import_id: str) -> None:
    """Check and stage a file: the dry run."""
    staging.check_file(run, import_id)


@job("bulk.apply_import", queue="long", stepped=True, timeout=900)
def apply_import(run: JobRun, import_id: str) -> None:
    """Take the checked rows in."""
    applying.apply_rows(run, import_id)


@job("bulk.undo_import", queue="long", stepped=True, timeout=900)
def undo_import(run: JobRun, import_id: str) -> None:
    """Take away again what an import made."""
    applying.undo_rows(run, import_id)


@job("bulk.purge_rows")
def purge_rows(run: JobRun) -> None:
    """Delete what nobody will ask of old imports any more."""
    del run
    services.purge_rows()


schedule(purge_rows, every=timedelta(days=1))
