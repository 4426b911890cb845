"""The tables of background work: the same two in every cell and in the control plane."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from kit.db import control_metadata
from kit.db.session import BoundSession, TenantSession
from kit.settings import get_settings


class JobState(StrEnum):
    """Where a piece of background work stands."""

    WAITING = "waiting"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    DEAD = "dead"


ENDED = (JobState.DONE, JobState.REFUSED, JobState.DEAD)

cell_metadata = MetaData(schema="cell", naming_convention=control_metadata.naming_convention)


def _outbox(metadata: MetaData) -> Table:
    known = ", ".join(f"'{state.value}'" for state in JobState)
    return Table(
        "outbox",
        metadata,
        Column("workspace", Text, nullable=False),
        Column("id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", JSONB, nullable=False),
        Column("run_at", DateTime(timezone=True), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("state", Text, nullable=False, server_default=text("'waiting'")),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("error", Text),
        Column("done", BigInteger, nullable=False, server_default=text("0")),
        Column("total", BigInteger, nullable=False, server_default=text("0")),
        Column("touched_at", DateTime(timezone=True)),
        PrimaryKeyConstraint("workspace", "id"),
        CheckConstraint(f"state IN ({known})", name="state_is_known"),
        Index(
            None,
            "run_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            None,
            "touched_at",
            postgresql_where=text("state IN ('sent', 'running')"),
        ),
    )


def _effects(metadata: MetaData) -> Table:
    return Table(
        "effects",
        metadata,
        Column("workspace", Text, nullable=False),
        Column("outbox_id", Uuid, nullable=False),
        Column("step", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("workspace", "outbox_id", "step"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job's rows live: a cell by name, or the control plane (cell None)."""

    cell: str | None

    @property
    def outbox(self) -> Table:
        """The outbox table of this place."""
        return control_outbox if self.cell is None else cell_outbox

    @property
    def effects(self) -> Table:
        """The effects table of this place."""
        return control_effects if self.cell is None else cell_effects


cell_outbox = _outbox(cell_metadata)
cell_effects = _effects(cell_metadata)
control_outbox = _outbox(control_metadata)
control_effects = _effects(control_metadata)

_TOGETHER = text("DELETE FROM cell.together")


def commit_together(work: BoundSession) -> None:
    """Have a transaction that wrote into the cell's tables commit there and on its node at once.

    In a cluster a workspace's rows lie on a node and the outbox on the coordinator, and Citus sees
    no need for two phases in what it does not know to be its own. It knows this table, which is
    always empty.
    """
    if isinstance(work, TenantSession) and get_settings().engine_of(work.workspace.cell) == "citus":
        work.execute(_TOGETHER)
