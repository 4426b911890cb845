"""The blueprint of imports, and what its pages share."""

from io import IOBase
from typing import IO, cast

from flask import Response, send_file

from kit.security import RealmBlueprint
from kit.web import Tag
from tenants.accounts.realm import OFFICE
from tenants.bulk.labels import STATES
from tenants.bulk.models import ImportState
from tenants.bulk.registry import find_kind

blueprint = RealmBlueprint(
    "imports", __name__, realm=OFFICE, url_prefix="/imports", template_folder="../templates"
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLOURS = {
    ImportState.UPLOADED: "gray",
    ImportState.CHECKING: "azure",
    ImportState.CHECKED: "yellow",
    ImportState.APPLYING: "azure",
    ImportState.APPLIED: "green",
    ImportState.REFUSED: "red",
}


def state_tag(state: str) -> Tag:
    """Return the state of an import as a coloured word."""
    known = ImportState(state)
    return Tag(STATES[known], _COLOURS.get(known, "gray"))


def kind_tag(name: str) -> Tag:
    """Return what an import brings as a coloured word."""
    found = find_kind(name)
    return Tag(found.label if found else name, "indigo")


def sheet_answer(file: IO[bytes], name: str) -> Response:
    """Send a spreadsheet that only this person should have."""
    response = send_file(
        cast("IOBase", file),  # type: ignore[arg-type]
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"{name}.xlsx",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
