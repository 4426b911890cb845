"""Questions about imports."""

from collections.abc import Collection

from sqlalchemy import Select, select

from kit.db import session
from tenants.bulk.correcting import WrongRow
from tenants.bulk.models import Import, ImportResult, ImportRow
from tenants.bulk.registry import ImportKind

SHOWN = 50
KEPT_SHOWN = 200


def imports_of(kinds: Collection[str]) -> Select[Import]:
    """Return the statement of the imports of some kinds."""
    return select(Import).where(Import.kind.in_(kinds))


def wrong_rows(brought: Import, kind: ImportKind, *, page: int) -> list[WrongRow]:
    """Return a page of an import's wrong rows, each with its cells and what is wrong in them."""
    rows = session().scalars(
        select(ImportRow)
        .where(ImportRow.import_id == brought.id, ImportRow.problem != "")
        .order_by(ImportRow.line)
        .limit(SHOWN)
        .offset((page - 1) * SHOWN)
    )
    return [WrongRow(kind, row, ()) for row in rows]


def kept_rows(brought: Import) -> list[tuple[int, str]]:
    """Return the lines whose records stayed when the import was undone, and why."""
    kept = session().scalars(select(ImportResult.kept).where(ImportResult.import_id == brought.id))
    found = [(int(line), reason) for part in kept for line, reason in part.items()]
    return sorted(found)[:KEPT_SHOWN]
