"""Background work of this module."""

from datetime import timedelta

from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job, schedule
from tenants.bulk import applying, many, services, staging
from tenants.bulk.exporting import asking, writing


@job(
    "bulk.check_import",
    title=_l("Check a file that is imported"),
    cancellable=True,
    queue="bulk",
    stepped=True,
    timeout=900,
)
def check_import(run: JobRun, import_id: str) -> None:
    """Check and stage a file: the dry run."""
    staging.check_file(run, import_id)


@job(
    "bulk.apply_import",
    title=_l("Import rows"),
    cancellable=True,
    queue="bulk",
    stepped=True,
    timeout=900,
)
def apply_import(run: JobRun, import_id: str) -> None:
    """Take the checked rows in."""
    applying.apply_rows(run, import_id)


@job(
    "bulk.undo_import",
    title=_l("Undo an import"),
    cancellable=True,
    queue="bulk",
    stepped=True,
    timeout=900,
)
def undo_import(run: JobRun, import_id: str) -> None:
    """Take away again what an import made."""
    applying.undo_rows(run, import_id)


@job(
    "bulk.do_with_each",
    title=_l("Work through many rows"),
    cancellable=True,
    queue="bulk",
    stepped=True,
    timeout=3_600,
)
def do_with_each(run: JobRun, run_id: str) -> None:
    """Do something with each of many rows, and tell the person when it is done."""
    many.work_through(run, run_id)


@job(
    "bulk.make_export",
    title=_l("Write the file of an export"),
    cancellable=True,
    queue="bulk",
    stepped=True,
    timeout=900,
    even_read_only=True,
)
def make_export(run: JobRun, export_id: str) -> None:
    """Write the file of a large export and mail its link."""
    writing.make_export(run, export_id)


@job(
    "bulk.expire_exports",
    title=_l("Remove expired exports"),
    even_read_only=True,
)
def expire_exports(run: JobRun) -> None:
    """Remove the files of exports whose time is over."""
    del run
    asking.expire_files()


@job(
    "bulk.purge_rows",
    title=_l("Clear away old imports"),
    even_read_only=True,
)
def purge_rows(run: JobRun) -> None:
    """Delete what nobody will ask of old imports any more."""
    del run
    services.purge_rows()


schedule(purge_rows, every=timedelta(days=1))
schedule(expire_exports, every=timedelta(hours=6))
