"""Background work: look for viruses, and empty the recycle bin of what is old."""

from datetime import timedelta

from kit import files
from kit.db import session
from kit.errors import Missing
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job, schedule
from kit.scanning import scanner
from tenants.records import queries
from tenants.records.models import FileKind, ScanState


@job(
    "records.scan",
    title=_l("Look for viruses in a file"),
    stepped=True,
    tries=20,
    even_read_only=True,
)
def scan(run: JobRun, *, kind: str, public_id: str) -> None:
    """Have the scanner look into a file; while it is away the job waits and tries again."""
    from tenants.records.services.intake import set_scanned

    find = queries.find_attachment if kind == FileKind.ATTACHMENT else queries.find_document
    row = find(public_id)
    key = row.file_key if row is not None and row.scan_state == ScanState.WAITING else None
    # The transaction ends before the network is asked.
    session().rollback()
    looker = scanner()
    if key is None or looker is None:
        return
    try:
        with files.open_file(key) as stream:
            verdict = looker.scan(stream)
    except Missing:
        return

    def write() -> None:
        found = find(public_id)
        if found is not None:
            set_scanned(found, verdict)

    run.once("scanned", write)


@job(
    "records.empty_bin",
    title=_l("Empty the recycle bin of what is old"),
    queue="bulk",
    stepped=True,
)
def empty_bin(run: JobRun) -> None:
    """Destroy what has been in the recycle bin for longer than the workspace wants."""
    from tenants.records.services.bin import old_ones, purge_old

    days = queries.bin_rule().days
    wanted = old_ones(days) if days else []
    session().rollback()
    for done, (kind, public_id) in enumerate(wanted, 1):
        purge_old(kind, public_id)
        run.progress(done, len(wanted))


@job(
    "records.sweep_files",
    title=_l("Clear away half-written files"),
    queue="bulk",
    stepped=True,
    even_read_only=True,
)
def sweep_files(run: JobRun) -> None:
    """Delete what killed processes left half written among the workspace's files."""
    session().rollback()
    swept = files.sweep()
    run.progress(swept, swept)


schedule(empty_bin, every=timedelta(days=1))
schedule(sweep_files, every=timedelta(days=1))
