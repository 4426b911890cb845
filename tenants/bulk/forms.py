"""Forms of imports."""

from typing import Any

from kit.forms import CheckField, ChoiceField, FileField, Form
from kit.i18n import lazy_gettext as _l
from tenants.bulk.registry import ImportKind

MEGABYTES = 50


class UploadForm(Form):
    """A file, and what is chosen for all its rows; each kind adds its own fields."""

    file = FileField(
        _l("File"),
        extensions=("xlsx", "xls", "csv"),
        megabytes=MEGABYTES,
        help=_l("A spreadsheet (.xlsx, .xls) or CSV file with at most 200,000 rows."),
        wide=True,
    )


def upload_form(kind: ImportKind) -> tuple[UploadForm, list[str]]:
    """Return a fresh upload form of a kind, and the names of its options."""
    fields: dict[str, Any] = {
        option.key: ChoiceField(option.label, option.choices, required=option.required)
        for option in kind.options
    }
    made: type[UploadForm] = type("UploadForm", (UploadForm,), fields)
    return made(), list(fields)


class ConfirmForm(Form):
    """Whether wrong rows are left out."""

    without_bad = CheckField(_l("Import the good rows and leave the wrong ones out"))
