"""The words people read for the states of an import."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.events import describe
from tenants.bulk.models import ImportState

STATES = {
    ImportState.UPLOADED: _l("Waiting"),
    ImportState.CHECKING: _l("Being checked"),
    ImportState.CHECKED: _l("Checked"),
    ImportState.APPLYING: _l("Being taken in"),
    ImportState.APPLIED: _l("Taken in"),
    ImportState.REFUSED: _l("Refused"),
    ImportState.DISCARDED: _l("Discarded"),
}

describe(
    {
        "import:started": _l("Import uploaded"),
        "import:confirmed": _l("Import confirmed"),
        "import:applied": _l("Import taken in"),
        "import:discarded": _l("Import discarded"),
        "import:wrong_rows_exported": _l("Wrong rows of an import exported"),
    }
)
