"""Questions about roll-outs: the newest one, how each cell stands, which workspaces are behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, func, select, table
from sqlalchemy.sql import ColumnElement, Select

from control.migrating.models import Rollout
from control.migrating.plan import DOWN
from control.workspaces.models import Workspace
from kit.db import apart, control_session
from kit.db.migrating import head
from kit.settings import get_settings

cell_workspaces = table(
    "workspaces",
    column("workspace"),
    column("revision"),
    column("state"),
    column("attempts"),
    column("error"),
    column("migrated_at"),
)
_rows = cell_workspaces.c


@dataclass(frozen=True, slots=True)
class CellStand:
    """How many workspaces of a cell are at which revision; None: the cell does not answer."""

    cell: str
    counts: dict[str, int] | None
    failed: int = 0


def newest_rollout() -> Rollout | None:
    """Return the roll-out that was begun last."""
    return control_session().scalars(select(Rollout).order_by(Rollout.id.desc()).limit(1)).first()


def cell_stands() -> list[CellStand]:
    """Return how each cell stands, the newest revision first."""
    return [_stand(cell) for cell in get_settings().cell_urls()]


def _stand(cell: str) -> CellStand:
    try:
        with apart(cell, role="simtree_control") as own:
            found = own.execute(
                select(_rows.revision, func.count(), func.count(_rows.error))
                .group_by(_rows.revision)
                .order_by(_rows.revision.desc())
            ).all()
    except DOWN:
        return CellStand(cell, None)
    return CellStand(cell, {row[0]: row[1] for row in found}, sum(row[2] for row in found))


def workspaces_in_cell() -> Select[Any]:
    """Return the list of a cell's workspaces, to be filtered and paged."""
    return select(*_rows)


def is_behind() -> ColumnElement[bool]:
    """Return the condition of a workspace that is not at this release's revision."""
    return _rows.revision != head("tenants")


def is_in_cell(cell: str, schema: str) -> bool:
    """Tell whether a cell has a workspace or a member of the pool with an opaque id."""
    with apart(cell, role="simtree_control") as own:
        found = own.scalar(select(_rows.workspace).where(_rows.workspace == schema))
    return found is not None


def schemas_named(words: Sequence[str]) -> dict[str, str]:
    """Return the opaque ids of workspaces by the address or opaque id they were named by.

    An opaque id is believed: members of the pool are not in the control plane.
    """
    named = {word: word for word in words if word.startswith("t_") and word.isidentifier()}
    found = control_session().execute(
        select(Workspace.address, Workspace.schema).where(Workspace.address.in_(words))
    )
    return named | {row.address: row.schema for row in found}


def workspace_of(schema: str) -> Workspace | None:
    """Return the workspace with an opaque id; None for a member of the pool."""
    return (
        control_session().scalars(select(Workspace).where(Workspace.schema == schema)).one_or_none()
    )
