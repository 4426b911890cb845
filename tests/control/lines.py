"""A small tenant line of the test's own, and workspaces of it by the dozen."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Column, MetaData, Table, Text

from control.migrating.cli import rollout_engines
from control.migrating.plan import make_plan
from control.migrating.rollout import Account, Policy, roll_out
from control.plane import TenantPlane
from kit.db import migrating
from kit.ids import new
from tests.databases import MIGRATOR_PASSWORD, url_for

PLANE = TenantPlane(MetaData(), frozenset(), lambda _workspace, _owner: None, lambda: False)
Table("things", PLANE.metadata, Column("name", Text))

_SCRIPT = '''"""{title}"""

from alembic import op
import sqlalchemy as sa

revision = "{number}"
down_revision = {down!r}


def upgrade():
{body}


def downgrade():
    op.execute("SELECT 1")
'''


@dataclass(slots=True)
class Line:
    """A folder of revisions, and the database whose workspaces follow them."""

    root: Path
    database: str

    def revise(self, number: str, body: str, title: str = "A step of the test's own line") -> None:
        down = f"{int(number) - 1:04}" if int(number) > 1 else None
        text = _SCRIPT.format(
            title=title,
            number=number,
            down=down,
            body=textwrap.indent(textwrap.dedent(body).strip(), "    "),
        )
        (self.root / "tenants" / f"{number}_step.py").write_text(text, encoding="utf-8")

    def connect(self) -> psycopg.Connection:
        url = url_for(self.database, login="simtree_migrator", password=MIGRATOR_PASSWORD)
        return psycopg.connect(url, autocommit=True)

    def build(self, number: int, *, state: str = "live") -> list[str]:
        """Build workspaces at the head, without roles; return their opaque ids in order."""
        # Ids of one millisecond come in any order; canaries are taken from the first.
        schemas = sorted(f"t_{new()}" for _ in range(number))
        script = "\n".join(step.sql for step in migrating.revisions("tenants"))
        newest = migrating.head("tenants")
        with self.connect() as server:
            for schema in schemas:
                server.execute(
                    f"CREATE SCHEMA {schema}; SET search_path TO {schema}; {script};"
                    " INSERT INTO cell.workspaces (workspace, revision, state)"
                    f" VALUES ('{schema}', '{newest}', '{state}')"
                )
        return schemas

    def rows(self, question: str) -> list[tuple]:
        with self.connect() as server:
            return server.execute(question).fetchall()

    def stands(self) -> dict[str, str]:
        """Return the revision of each workspace."""
        return dict(self.rows("SELECT workspace, revision FROM cell.workspaces"))


def run(*, heard=lambda _account: None, only=None, canaries=frozenset, **policy) -> Account:
    """Roll out by the settings' cells."""
    engines = rollout_engines(policy.get("threads", 4))
    try:
        plan = make_plan(engines, only=only, canaries=canaries)
        chosen = Policy(**{"pause": 0.05, "lock_timeout_ms": 100, **policy})
        return roll_out(plan, PLANE, engines, policy=chosen, heard=heard)
    finally:
        for engine in engines.values():
            engine.dispose()


def open_line(root: Path, database: str) -> Iterator[Line]:
    """Use a line of revisions of the test's own inside the block."""
    real = migrating.ROOT
    for name in ("control", "cell"):
        (root / name).symlink_to(real / name)
    (root / "tenants").mkdir()
    migrating.ROOT = root
    migrating.served.cache_clear()
    line = Line(root, database)
    line.revise("0001", 'op.execute("CREATE TABLE things (name text)")')
    try:
        yield line
    finally:
        migrating.ROOT = real
        migrating.served.cache_clear()
