"""The words people read for the states of an import."""

from kit.i18n import lazy_gettext as _l
from kit.web.listing.export import find_source
from tenants.accounts.wording import Detail, describe
from tenants.bulk.models import ExportState, FileFormat, ImportState
from tenants.bulk.registry import ErrorPolicy, Mode, find_kind

STATES = {
    ImportState.UPLOADED: _l("Waiting"),
    ImportState.CHECKING: _l("Being checked"),
    ImportState.CHECKED: _l("Checked"),
    ImportState.APPLYING: _l("Being taken in"),
    ImportState.APPLIED: _l("Taken in"),
    ImportState.REFUSED: _l("Refused"),
    ImportState.DISCARDED: _l("Discarded"),
}

MODES = {
    Mode.CREATE: _l("Add new records only"),
    Mode.UPDATE: _l("Change records that are there"),
    Mode.UPSERT: _l("Change what is there, add the rest"),
}

POLICIES = {
    ErrorPolicy.ALL: _l("Take in all rows or none"),
    ErrorPolicy.GOOD: _l("Take in the good rows, leave the wrong ones out"),
    ErrorPolicy.STOP: _l("Take in the rows before the first wrong one"),
}

EXPORT_STATES = {
    ExportState.WAITING: _l("Waiting"),
    ExportState.WORKING: _l("Being written"),
    ExportState.READY: _l("Ready"),
    ExportState.FAILED: _l("Failed"),
    ExportState.EXPIRED: _l("Expired"),
}

FORMATS = {
    FileFormat.XLSX: _l("Excel (.xlsx)"),
    FileFormat.CSV: _l("CSV (.csv)"),
    FileFormat.PDF: _l("PDF (.pdf)"),
}


def _list(name: str) -> object:
    source = find_source(name)
    return source.label if source else name


def _kind(name: str) -> object:
    kind = find_kind(name)
    return kind.label if kind else name


describe(
    {
        "import:started": _l("Import uploaded"),
        "import:mapped": _l("Columns of an import matched"),
        "import:corrected": _l("Row of an import corrected"),
        "import:undo_asked": _l("Undoing of an import asked for"),
        "import:undone": _l("Import undone"),
        "import_template:saved": _l("Import template saved"),
        "import_template:deleted": _l("Import template deleted"),
        "export:revealed": _l("Personal data exported in full"),
        "export:fetched": _l("Exported file fetched"),
        "import:confirmed": _l("Import confirmed"),
        "import:applied": _l("Import taken in"),
        "import:discarded": _l("Import discarded"),
        "import:wrong_rows_exported": _l("Wrong rows of an import exported"),
    },
    details={
        "kind": Detail(_l("What is imported"), show=_kind),
        "file_name": _l("File"),
        "list": Detail(_l("List"), show=_list),
        "mode": Detail(_l("What to do"), MODES),
        "line": _l("Row"),
        "created": _l("New records"),
        "changed": _l("Updated records"),
        "kept": _l("Left as they are"),
        "good": _l("Good rows"),
        "bad_left_out": _l("Wrong rows left out"),
        "filters": Detail(_l("Import"), internal=True, show=lambda asked: asked["import"]),
    },
    subjects={
        "Import": _l("Import"),
        "ImportTemplate": _l("Import template"),
        "Export": _l("Export"),
    },
)
