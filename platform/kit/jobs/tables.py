"""The tables of background work: the same ones in every cell and in the control plane."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When work is due that waits for other work: whoever ends the other makes it due."""


class JobState(StrEnum):
    """Where a piece of background work stands."""

    WAITING = "waiting"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    DEAD = "dead"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ENDED = (
    JobState.DONE,
    JobState.REFUSED,
    JobState.DEAD,
    JobState.CANCELLED,
    JobState.EXPIRED,
)
FLYING = (JobState.SENT, JobState.RUNNING)
UNENDED = (JobState.WAITING, *FLYING)
_FLYING = text("state IN ('sent', 'running')")
_UNENDED = "state IN ('waiting', 'sent', 'running')"

cell_metadata = MetaData(schema="cell", naming_convention=control_metadata.naming_convention)


def _outbox(metadata: MetaData) -> Table:
    known = ", ".join(f"'{state.value}'" for state in JobState)
    moment = DateTime(timezone=True)
    return Table(
        "outbox",
        metadata,
        # These first ones a workspace writes, once; how the work stands, it can only read.
        Column("workspace", Text, nullable=False),
        Column("id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", JSONB, nullable=False),
        Column("run_at", moment, nullable=False),
        Column("created_at", moment, nullable=False, server_default=func.now()),
        Column("state", Text, nullable=False, server_default=text("'waiting'")),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("error", Text),
        Column("done", BigInteger, nullable=False, server_default=text("0")),
        Column("total", BigInteger, nullable=False, server_default=text("0")),
        Column("touched_at", moment),
        # As are these five.
        Column("key", Text),
        Column("person", Text),
        Column("deadline_at", moment),
        Column("batch", Uuid),
        Column("follows", Uuid),
        Column("step", Text),
        Column("sends", Integer, nullable=False, server_default=text("0")),
        Column("sent_at", moment),
        Column("begun_at", moment),
        # How much of it was done when this attempt began: the pace is that of the attempt.
        Column("begun_done", BigInteger, nullable=False, server_default=text("0")),
        Column("ended_at", moment),
        Column("cancel_asked_at", moment),
        PrimaryKeyConstraint("workspace", "id"),
        CheckConstraint(f"state IN ({known})", name="state_is_known"),
        Index(None, "run_at", postgresql_where=text("state = 'waiting'")),
        Index(None, "touched_at", postgresql_where=_FLYING),
        Index(
            "ix_outbox_waiting",
            "workspace",
            "kind",
            "run_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_outbox_created_at", "workspace", "created_at"),
        Index(None, "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_outbox_sent_at", "workspace", "sent_at"),
        Index(
            "uq_outbox_key",
            "workspace",
            "kind",
            "key",
            unique=True,
            postgresql_where=text(f"key IS NOT NULL AND {_UNENDED}"),
        ),
        Index("ix_outbox_batch", "workspace", "batch", postgresql_where=text("batch IS NOT NULL")),
        Index(
            "ix_outbox_follows",
            "workspace",
            "follows",
            postgresql_where=text("follows IS NOT NULL AND state = 'waiting'"),
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


def _shares(metadata: MetaData) -> Table:
    """Make what a workspace ('' is all) may have of the workers, and what is paused, by kind."""
    return Table(
        "shares",
        metadata,
        Column("workspace", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("weight", Integer),
        Column("in_flight", Integer),
        Column("per_minute", Integer),
        Column("paused_at", DateTime(timezone=True)),
        Column("reason", Text, nullable=False, server_default=text("''")),
        PrimaryKeyConstraint("workspace", "kind"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_is_sane"),
        CheckConstraint("in_flight BETWEEN 1 AND 1000", name="in_flight_is_sane"),
        CheckConstraint("per_minute BETWEEN 1 AND 1000000", name="per_minute_is_sane"),
    )


def _schedules(metadata: MetaData) -> Table:
    """Make the memory of the clock: when each workspace's recurring work is due next."""
    return Table(
        "schedules",
        metadata,
        Column("workspace", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("next_at", DateTime(timezone=True), nullable=False),
        Column("last_at", DateTime(timezone=True)),
        Column("job_id", Uuid),
        PrimaryKeyConstraint("workspace", "name"),
        Index(None, "next_at"),
    )


def _work_days(metadata: MetaData) -> Table:
    """Make what is left of work that ended long ago: how much of it there was, day by day."""
    return Table(
        "work_days",
        metadata,
        Column("workspace", Text, nullable=False),
        Column("day", Date, nullable=False),
        Column("kind", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("count", BigInteger, nullable=False),
        Column("seconds", BigInteger, nullable=False),
        PrimaryKeyConstraint("workspace", "day", "kind", "state"),
    )


cell_outbox = _outbox(cell_metadata)
cell_effects = _effects(cell_metadata)
cell_shares = _shares(cell_metadata)
cell_schedules = _schedules(cell_metadata)
cell_work_days = _work_days(cell_metadata)
control_outbox = _outbox(control_metadata)
control_effects = _effects(control_metadata)
control_shares = _shares(control_metadata)
control_schedules = _schedules(control_metadata)
control_work_days = _work_days(control_metadata)

cell_wishes = Table(
    "wishes",
    cell_metadata,
    # What a workspace's people want done with its own work; a workspace can only ask.
    Column("workspace", Text, nullable=False),
    Column("outbox_id", Uuid, nullable=False),
    Column("wish", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("workspace", "outbox_id", "wish"),
    CheckConstraint("wish IN ('cancel', 'retry')", name="wish_is_known"),
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

    @property
    def shares(self) -> Table:
        """The shares and pauses of this place."""
        return control_shares if self.cell is None else cell_shares

    @property
    def schedules(self) -> Table:
        """The memory of this place's clock."""
        return control_schedules if self.cell is None else cell_schedules

    @property
    def work_days(self) -> Table:
        """What is left of this place's old work."""
        return control_work_days if self.cell is None else cell_work_days


_TOGETHER = text("DELETE FROM cell.together")


def commit_together(work: BoundSession) -> None:
    """Have a transaction that wrote into the cell's tables commit there and on its node at once.

    In a cluster a workspace's rows lie on a node and the outbox on the coordinator, and Citus sees
    no need for two phases in what it does not know to be its own. It knows this table, which is
    always empty.
    """
    if isinstance(work, TenantSession) and get_settings().engine_of(work.workspace.cell) == "citus":
        work.execute(_TOGETHER)
