"""Counts and sums of one workspace, by which a restore is compared with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from control.plane import TenantPlane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit.db import apart, control_session, workspace_scope

_TRIES = 20


def _chosen(schema: str | None) -> Workspace | None:
    wanted = select(Workspace).where(
        Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED])
    )
    if schema:
        wanted = wanted.where(Workspace.schema == schema)
    # The largest has the most to lose.
    return (
        control_session()
        .scalars(wanted.order_by(Workspace.size_bytes.desc(), Workspace.id).limit(1))
        .first()
    )


def facts_of(plane: TenantPlane, schema: str) -> Mapping[str, int]:
    """Return the facts of a workspace now."""
    workspace = _chosen(schema)
    if workspace is None:
        return {}
    tenant = as_tenant(workspace)
    control_session().rollback()
    with workspace_scope(tenant):
        return plane.facts()


@dataclass(frozen=True, slots=True)
class Sample:
    """A workspace and its facts before something was done."""

    schema: str
    cell: str
    before: Mapping[str, int]

    def through(self, plane: TenantPlane) -> dict[str, Any]:
        """Return the facts before and after, between which a copy must lie."""
        return {
            "schema": self.schema,
            "before": dict(self.before),
            "after": dict(facts_of(plane, self.schema)),
        }


def sample(plane: TenantPlane) -> Sample | None:
    """Return the largest workspace with its facts, or None where there is none."""
    workspace = _chosen(None)
    if workspace is None:
        return None
    schema, cell = workspace.schema, workspace.cell
    return Sample(schema, cell, facts_of(plane, schema))


def at_a_position(plane: TenantPlane, taken: Sample) -> tuple[dict[str, int], str]:
    """Return a workspace's facts and the position in its cell's log at which they held.

    Read until they are the same before and after the position was asked for: ledger and orders
    only grow, so nothing was committed in between.
    """
    before = dict(facts_of(plane, taken.schema))
    for _ in range(_TRIES):
        position = current_position(taken.cell)
        after = dict(facts_of(plane, taken.schema))
        if after == before:
            break
        before = after
    return before, position


def current_position(cell: str | None) -> str:
    """Return where the log of a place's server is written to at this moment."""
    role = "simtree_control"
    with apart(cell, role=role) as own:
        return str(own.scalar(text("SELECT pg_current_wal_insert_lsn()")))
