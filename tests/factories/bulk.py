"""Files to import, and imports brought as far as their dry run."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from sqlalchemy import select

from kit import audit, clock
from kit.db import session
from tenants.bulk import kinds, layouts, registry, services
from tenants.bulk.models import Export, Import, ImportRow, ImportTemplate
from tenants.bulk.registry import ErrorPolicy, Mode
from tests.factories.accounts import owner, run_jobs

assert kinds
BY = audit.System("tester")


def xlsx(*rows: Sequence[Any]) -> bytes:
    """A spreadsheet: texts as text, numbers as numbers."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, place, value)
            elif value is not None:
                sheet.write(line, place, value)
    book.close()
    return file.getvalue()


def start(
    content: bytes,
    *,
    kind: str = "numbers",
    file_name: str = "numbers.xlsx",
    options: Mapping[str, Any] | None = None,
    mode: Mode = Mode.CREATE,
    key: str = "",
    by: Any = BY,
) -> Import:
    """An import whose file is uploaded and whose columns go by their headers."""
    found = registry.find_kind(kind)
    assert found is not None
    received = services.receive_import(
        io.BytesIO(content), kind=found, file_name=file_name, options=options or {}, by=by
    )
    return services.check_import(received, kind=found, mapping=None, mode=mode, key=key, by=by)


def checked(content: bytes, **more: Any) -> Import:
    """An import after its dry run."""
    public_id = start(content, **more).public_id
    run_jobs()
    return again(public_id)


def again(public_id: str) -> Import:
    return session().scalars(select(Import).where(Import.public_id == public_id)).one()


def problems(brought: Import) -> dict[int, str]:
    """What is wrong, by line."""
    rows = session().execute(
        select(ImportRow.line, ImportRow.problem).where(
            ImportRow.import_id == brought.id, ImportRow.problem != ""
        )
    )
    return dict(rows.all())


def confirm(
    brought: Import, *, without_bad: bool = False, policy: ErrorPolicy | None = None
) -> Import:
    """Confirm an import and let the job do it."""
    public_id = brought.public_id
    usual = ErrorPolicy.GOOD if without_bad else ErrorPolicy.ALL
    services.confirm_import(brought, policy=policy or usual, by=BY)
    run_jobs()
    return again(public_id)


def make_template(kind: str = "segments") -> ImportTemplate:
    """A workspace's own template with every field of a kind."""
    found = registry.find_kind(kind)
    assert found is not None
    fields = [{"key": column.key} for column in found.columns]
    return layouts.save_template(None, kind=found, name="世界", fields=fields, version=0, by=BY)


def make_export() -> Export:
    """An export of the segments that has failed: it has a page and no file."""
    made = Export(
        source="segments",
        file_format="csv",
        state="failed",
        fields=["prefix"],
        filters={},
        options={},
        user=owner(),
        expires_at=clock.now(),
    )
    session().add(made)
    session().commit()
    return made
