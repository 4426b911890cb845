"""Constraints have names, foreign keys indexes, times zones; nothing is a float."""

import pytest
from sqlalchemy import DateTime, Enum, Float, Numeric, UniqueConstraint

from kit.db import control_metadata, tenant_metadata
from wsgi import tenant_plane

# Whoever imports the application knows every table; without it there would be none to look at.
PLANE = tenant_plane()
TABLES = [*tenant_metadata.sorted_tables, *control_metadata.sorted_tables]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_every_foreign_key_has_an_index(table):
    led = {tuple(column.name for column in index.columns)[:1] for index in table.indexes}
    led |= {
        tuple(column.name for column in constraint.columns)[:1]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    led |= {tuple(column.name for column in table.primary_key.columns)[:1]}
    bare = [key.parent.name for key in table.foreign_keys if (key.parent.name,) not in led]
    assert not bare


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_every_constraint_has_a_name(table):
    assert all(constraint.name for constraint in table.constraints)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_columns_have_the_house_types(table):
    for column in table.columns:
        assert not isinstance(column.type, Float | Numeric | Enum), column.name
        if isinstance(column.type, DateTime):
            assert column.type.timezone, column.name
            assert column.name.endswith(("_at", "_until", "_since")), column.name


def test_no_foreign_key_changes_an_append_only_table():
    """Referential actions run as the owner and would delete ledger rows."""
    frozen = PLANE.append_only
    assert {"entries", "journals", "audit_entries", "order_events"} <= frozen
    acting = [
        f"{table.name}.{key.parent.name}"
        for table in tenant_metadata.sorted_tables
        if table.name in frozen
        for key in table.foreign_keys
        if key.ondelete or key.onupdate
    ]
    assert not acting


def test_no_foreign_key_leaves_its_plane():
    schemas = {
        (table.schema, key.column.table.schema) for table in TABLES for key in table.foreign_keys
    }
    assert schemas <= {(None, None), ("control", "control")}
