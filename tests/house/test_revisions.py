"""Tenant revisions lock no big table, take nothing from under the models, stay in their plane."""

import pytest
import sqlalchemy as sa
from sqlalchemy import MetaData

from infra.revisions import EXEMPT, RULES, Earlier, check, findings
from kit.db import tenant_metadata

MAPPED = MetaData()
sa.Table("orders", MAPPED, sa.Column("id", sa.BigInteger), sa.Column("note", sa.Text))

BAD = {
    "index": ["CREATE INDEX ix ON orders (note)"],
    "unique": [
        "ALTER TABLE orders ADD CONSTRAINT uq_orders_note UNIQUE (note)",
        "ALTER TABLE orders ADD COLUMN code TEXT UNIQUE",
    ],
    "constraint": [
        "ALTER TABLE orders ADD CONSTRAINT ck CHECK (id > 0)",
        "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY(id) REFERENCES others (id)",
    ],
    "validate": [
        (
            "ALTER TABLE orders ADD CONSTRAINT ck CHECK (id > 0) NOT VALID;"
            "ALTER TABLE orders VALIDATE CONSTRAINT ck"
        )
    ],
    "not_null": ["ALTER TABLE orders ALTER COLUMN note SET NOT NULL"],
    "default": [
        "ALTER TABLE orders ADD COLUMN token UUID DEFAULT gen_random_uuid()",
        "ALTER TABLE orders ADD COLUMN n BIGINT GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE orders ADD COLUMN at TIMESTAMPTZ DEFAULT clock_timestamp() NOT NULL",
    ],
    "filled": ["ALTER TABLE orders ADD COLUMN colour TEXT NOT NULL"],
    "type": ["ALTER TABLE orders ALTER COLUMN id TYPE BIGINT USING id::bigint"],
    "rename": [
        "ALTER TABLE orders RENAME TO sales",
        "ALTER TABLE orders RENAME COLUMN note TO remark",
    ],
    "drop": ["ALTER TABLE orders DROP COLUMN note", "DROP TABLE orders"],
    "rows": ["UPDATE orders SET note = ''", "DELETE FROM orders"],
    "lock": ["LOCK TABLE orders", "TRUNCATE orders", "REINDEX TABLE orders"],
    "plane": [
        "INSERT INTO cell.outbox SELECT 1",
        "ALTER TABLE control.workspaces ADD COLUMN x TEXT",
        "SET ROLE simtree_control",
        "CREATE ROLE somebody",
    ],
    "transaction": ["COMMIT"],
}
GOOD = [
    "CREATE INDEX CONCURRENTLY ix ON orders (note)",
    "ALTER TABLE orders ADD COLUMN colour TEXT",
    "ALTER TABLE orders ADD COLUMN colour TEXT DEFAULT 'red; CHECK (1)' NOT NULL",
    "ALTER TABLE orders ADD COLUMN at TIMESTAMPTZ DEFAULT now() NOT NULL",
    "ALTER TABLE orders ADD CONSTRAINT ck CHECK (id > 0) NOT VALID",
    "ALTER TABLE orders VALIDATE CONSTRAINT ck",
    "ALTER TABLE orders ADD CONSTRAINT uq UNIQUE USING INDEX uq_built_before",
    "ALTER TABLE orders DROP COLUMN forgotten",
    "ALTER TABLE orders DROP CONSTRAINT note",
    "ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x'",
    "ALTER TABLE orders ALTER COLUMN note DROP NOT NULL",
    "DROP TABLE forgotten",
    (
        "CREATE TABLE fresh (id BIGINT NOT NULL); CREATE INDEX ix ON fresh (id);"
        "ALTER TABLE fresh ADD CONSTRAINT ck CHECK (id > 0); INSERT INTO fresh SELECT 1"
    ),
]


def test_the_tenant_line_keeps_every_rule():
    assert not [str(found) for found in findings(tenant_metadata)]


@pytest.mark.parametrize("rule", RULES)
def test_a_revision_that_breaks_a_rule_is_refused(rule):
    for statement in BAD[rule]:
        found = check("0001", [statement], MAPPED)
        assert {one.rule for one in found} == {rule}, statement
        assert RULES[rule] in str(found[0])


@pytest.mark.parametrize("statement", GOOD)
def test_what_is_harmless_passes(statement):
    assert not check("0001", [statement], MAPPED)


def test_not_null_is_set_once_a_validated_check_says_so():
    line = Earlier()
    steps = (
        "ALTER TABLE orders ADD CONSTRAINT full_note CHECK (note IS NOT NULL) NOT VALID",
        "ALTER TABLE orders VALIDATE CONSTRAINT full_note",
        "ALTER TABLE orders ALTER COLUMN note SET NOT NULL",
    )
    assert not [one for step in steps for one in check("0001", [step], MAPPED, line)]
    early = Earlier()
    assert not check("0001", [steps[0]], MAPPED, early)
    assert [one.rule for one in check("0002", [steps[2]], MAPPED, early)] == ["not_null"]


def test_every_exemption_is_needed_and_says_why(monkeypatch):
    assert all(len(reason) > 20 for reason in EXEMPT.values())
    monkeypatch.setattr("infra.revisions.EXEMPT", {})
    assert {(one.revision, one.rule) for one in findings(tenant_metadata)} == set(EXEMPT)
