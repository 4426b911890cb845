"""The words people read for the states of an import."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.bulk.models import ImportState
from tenants.bulk.registry import find_kind

STATES = {
    ImportState.UPLOADED: _l("Waiting"),
    ImportState.CHECKING: _l("Being checked"),
    ImportState.CHECKED: _l("Checked"),
    ImportState.APPLYING: _l("Being taken in"),
    ImportState.APPLIED: _l("Taken in"),
    ImportState.REFUSED: _l("Refused"),
    ImportState.DISCARDED: _l("Discarded"),
}


def _kind(name: str) -> object:
    kind = find_kind(name)
    return kind.label if kind else name


describe(
    {
        "import:started": _l("Import uploaded"),
        "import:confirmed": _l("Import confirmed"),
        "import:applied": _l("Import taken in"),
        "import:discarded": _l("Import discarded"),
        "import:wrong_rows_exported": _l("Wrong rows of an import exported"),
    },
    details={
        "kind": Detail(_l("What is imported"), show=_kind),
        "file_name": _l("File"),
        "good": _l("Good rows"),
        "bad_left_out": _l("Wrong rows left out"),
        "filters": Detail(_l("Import"), internal=True, show=lambda asked: asked["import"]),
    },
    subjects={"Import": _l("Import")},
)
