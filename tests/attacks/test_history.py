"""Ledger and log cannot be changed by deleting or renumbering what their rows point at."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from kit.db import TenantModel, session, tenant_metadata, transaction
from kit.db.grants import append_only_tables
from tests.attacks.catalogue import attempt
from tests.factories.world import make_world

# Denied outright, still pointed at, or an identity that is generated always.
REASONS = {"42501", "23503", "428C9"}


def _counts() -> dict[str, int]:
    tables = [tenant_metadata.tables[name] for name in sorted(append_only_tables(TenantModel))]
    return {
        table.name: session().scalar(select(func.count()).select_from(table)) for table in tables
    }


@attempt(
    "history-by-parent",
    "history",
    "deleting or renumbering every parent of an append-only row",
    stopped_by="server: no referential action, so the foreign key refuses",
)
def test_history_does_not_go_with_its_parents(in_acme):
    make_world()
    session().commit()
    before = _counts()
    parents = {
        (table.name, key.parent.name, key.column.table.name)
        for table in tenant_metadata.sorted_tables
        if table.name in before
        for key in table.foreign_keys
    }
    tried = 0
    for child, column, parent in sorted(parents):
        pointed_at = f"id IN (SELECT {column} FROM {child})"
        if not session().scalar(text(f"SELECT count(*) FROM {parent} WHERE {pointed_at}")):
            continue
        for statement in (
            f"DELETE FROM {parent} WHERE {pointed_at}",
            f"UPDATE {parent} SET id = id + 1000000 WHERE {pointed_at}",
        ):
            tried += 1
            with pytest.raises(DBAPIError) as refusal, transaction() as work:
                work.execute(text(statement))
            assert refusal.value.orig.sqlstate in REASONS, statement
        assert _counts() == before
    assert tried >= 10
