"""One move: what is moved from where to where, and what is already there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from control.operations.registry import OperationRun
from control.workspaces.models import Workspace
from kit.db import apart
from kit.errors import Refused
from kit.i18n import gettext as _

REPLICATION = "replication"
COPY = "copy"
METHODS = (REPLICATION, COPY)

_TABLES = text("""
    SELECT c.relname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relkind = 'r' ORDER BY c.relname
""")
_REFERENCES = text("""
    SELECT DISTINCT c.relname AS here, f.relname AS there FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND k.contype = 'f' AND k.conrelid <> k.confrelid
""")


@dataclass(frozen=True, slots=True)
class Move:
    """A move and the migrator's engines of its two cells."""

    run: OperationRun
    workspace_id: int
    schema: str
    source: str
    target: str
    method: str
    here: Engine
    there: Engine

    @property
    def name(self) -> str:
        """Name of the publication, the slot and the subscription."""
        return f"simtree_move_{self.schema}"

    def home(self) -> str:
        """Return the cell that control has for the workspace now: the target after the flip."""
        with apart(None) as control:
            cell = control.scalar(
                text("SELECT cell FROM workspaces WHERE id = :id"), {"id": self.workspace_id}
            )
        return str(cell)


def plan_of(run: OperationRun) -> Move:
    """Return the move that an operation asks for; Refused when its cells are not configured."""
    workspace = run.operation.workspace
    assert isinstance(workspace, Workspace)
    body = run.operation.body
    source, target = str(body["source"]), str(body["target"])
    for cell in (source, target):
        if cell not in run.engines:
            raise Refused(_("There is no cell %(name)s.", name=cell))
    return Move(
        run=run,
        workspace_id=workspace.id,
        schema=workspace.schema,
        source=source,
        target=target,
        method=str(body["method"]),
        here=run.engines[source],
        there=run.engines[target],
    )


def state_in(connection: Connection, schema: str) -> str | None:
    """Return the state of a workspace's row in a cell, None when it has none there."""
    state: str | None = connection.scalar(
        text("SELECT state FROM cell.workspaces WHERE workspace = :schema"), {"schema": schema}
    )
    return state


def tables_of(connection: Connection, schema: str) -> list[str]:
    """Return a schema's tables, each after those it refers to.

    RuntimeError for tables that refer to each other: they could not be copied one by one.
    """
    names: Sequence[str] = connection.scalars(_TABLES, {"schema": schema}).all()
    waits: dict[str, set[str]] = {name: set() for name in names}
    for here, there in connection.execute(_REFERENCES, {"schema": schema}):
        waits[here].add(there)
    ordered: list[str] = []
    while waits:
        free = sorted(name for name, needs in waits.items() if not needs)
        if not free:
            raise RuntimeError(f"tables refer to each other: {sorted(waits)}")
        ordered += free
        for name in free:
            del waits[name]
        for needs in waits.values():
            needs.difference_update(free)
    return ordered
