"""Questions about imports."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select

from kit.db import session
from tenants.bulk.models import Import, ImportRow
from tenants.bulk.staging import open_cells

SHOWN = 50


def imports_of(kinds: Collection[str]) -> Select[Import]:
    """Return the statement of the imports of some kinds."""
    return select(Import).where(Import.kind.in_(kinds))


def wrong_rows(brought: Import, *, page: int) -> Sequence[tuple[int, dict[str, str], str]]:
    """Return a page of an import's wrong rows: line, cells and what is wrong."""
    rows = session().execute(
        select(ImportRow.line, ImportRow.cells, ImportRow.problem, ImportRow.public_id)
        .where(ImportRow.import_id == brought.id, ImportRow.problem != "")
        .order_by(ImportRow.line)
        .limit(SHOWN)
        .offset((page - 1) * SHOWN)
    )
    return [
        (line, open_cells(cells, public_id), problem) for line, cells, problem, public_id in rows
    ]
