"""Forms of imports."""

from collections.abc import Sequence
from typing import Any

from kit.forms import CheckField, ChoiceField, FileField, Form, TextField
from kit.i18n import lazy_gettext as _l
from tenants.bulk.correcting import WrongRow
from tenants.bulk.labels import MODES, POLICIES
from tenants.bulk.models import ImportTemplate
from tenants.bulk.registry import ErrorPolicy, ImportKind, Mode

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


def upload_form(
    kind: ImportKind, templates: Sequence[ImportTemplate]
) -> tuple[UploadForm, list[str]]:
    """Return a fresh upload form of a kind, and the names of its options."""
    fields: dict[str, Any] = {
        option.key: ChoiceField(option.label, option.choices, required=option.required)
        for option in kind.options
    }
    names = list(fields)
    if templates:
        fields["template"] = ChoiceField(
            _l("Template"),
            [(one.public_id, one.name) for one in templates],
            required=False,
            empty=_l("Standard template"),
        )
    made: type[UploadForm] = type("UploadForm", (UploadForm,), fields)
    return made(), names


class MappingForm(Form):
    """What each column of a file is; a select for each is added."""

    file_sheet = TextField(required=False, length=200)


def mapping_form(kind: ImportKind, names: Sequence[str], guessed: Sequence[str]) -> Any:
    """Return a fresh form that says what is done with the rows, and what each column is."""
    fields: dict[str, Any] = {}
    if len(kind.modes) > 1 and kind.changes is not None:
        fields["mode"] = ChoiceField(
            _l("What to do"),
            [(one.value, MODES[one]) for one in kind.modes],
            radio=True,
            default=Mode.CREATE.value,
        )
        fields["key"] = ChoiceField(
            _l("Records are found by"),
            [(key, kind.column(key).label) for key in kind.changes.keys],
            required=False,
            help=_l("For changes: the column that names the record."),
        )
    offered = [
        (column.key, f"{column.label} *" if column.required else column.label)
        for column in kind.columns
    ]
    for place, (name, key) in enumerate(zip(names, guessed, strict=True)):
        fields[f"col_{place}"] = ChoiceField(
            name or f"#{place + 1}", offered, required=False, empty=_l("Leave out"), default=key
        )
    made: type[Form] = type("MappingForm", (MappingForm,), fields)
    return made()


def row_form(kind: ImportKind, row: WrongRow) -> Form:
    """Return a fresh form with every cell of a wrong row."""
    fields: dict[str, Any] = {
        f"cell_{column.key}": TextField(
            column.label,
            required=False,
            length=2_000,
            personal=kind.is_personal,
            default=row.texts.get(column.key, ""),
        )
        for column in kind.columns
    }
    made: type[Form] = type("RowForm", (Form,), fields)
    return made()


class ConfirmForm(Form):
    """What becomes of an import that has wrong rows."""

    policy = ChoiceField(
        _l("Wrong rows"), POLICIES.items(), radio=True, default=ErrorPolicy.ALL.value
    )


class TemplateForm(Form):
    """The name of a workspace's own template; fields for each column are added."""

    name = TextField(_l("Template name"), length=60)


def template_form(kind: ImportKind, template: ImportTemplate | None) -> Any:
    """Return a fresh form of a template: each column with its place and its rules."""
    given = {
        field["key"]: (place, field)
        for place, field in enumerate(template.fields if template else (), start=1)
    }
    fields: dict[str, Any] = {}
    for place, column in enumerate(kind.columns, start=1):
        at, field = given.get(column.key, (len(kind.columns) + place, {}))
        is_in = column.key in given if template else True
        fields[f"{column.key}_in"] = CheckField(_l("Included"), default=is_in)
        fields[f"{column.key}_at"] = TextField(
            _l("Position"), length=3, required=False, default=str(at if template else place)
        )
        fields[f"{column.key}_label"] = TextField(
            _l("Header"), length=60, required=False, default=field.get("label", "")
        )
        fields[f"{column.key}_required"] = CheckField(
            _l("Required"), default=bool(field.get("required")) or column.required
        )
        fields[f"{column.key}_default"] = TextField(
            _l("Default"), length=200, required=False, default=field.get("default", "")
        )
        fields[f"{column.key}_shape"] = TextField(
            _l("Format"), length=40, required=False, default=field.get("shape", "")
        )
    made: type[TemplateForm] = type("TemplateForm", (TemplateForm,), fields)
    return made(obj=template)
