"""Questions about cells: how each stands, and which has room."""

from dataclasses import dataclass, field

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from control.cells.models import Cell
from control.workspaces.models import Workspace, WorkspaceState
from kit.db import apart, control_session
from kit.settings import get_settings

_log = structlog.get_logger("control.cells")
ROLES_LIMIT = 5_000
"""Roles on one server: a membership change makes every backend rebuild its list."""

_FACTS = text("""
    SELECT current_setting('server_version') AS version,
           (SELECT sum(greatest(relpages, 0))::bigint FROM pg_catalog.pg_class)
               * current_setting('block_size')::bigint AS size,
           (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname LIKE 't\\_%') AS roles,
           (SELECT count(*) FROM workspaces WHERE state = 'pool') AS pool,
           (SELECT count(*) FROM workspaces WHERE state = 'live') AS live,
           (SELECT count(*) FROM workspaces WHERE state IN ('moving', 'leaving')) AS leaving
""")
_ROLES = text("SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname LIKE 't\\_%'")


@dataclass(frozen=True, slots=True)
class CellFacts:
    """What a cell that answers says of itself.

    `roles` are those of its whole server; `size` is what the catalogue knew at the last vacuum, for
    looking at each of 200,000 files takes seconds, and the role has no right to the whole's.
    """

    version: str
    size: int
    roles: int
    pool: int
    live: int
    leaving: int


@dataclass(frozen=True, slots=True)
class CellStatus:
    """How a cell stands; `facts` is None when it does not answer."""

    name: str
    engine: str
    is_open: bool
    capacity: int
    used: int
    facts: CellFacts | None = field(default=None)

    @property
    def is_up(self) -> bool:
        """Whether it answers."""
        return self.facts is not None

    @property
    def room(self) -> int:
        """How many more workspaces fit in."""
        return max(0, self.capacity - self.used)


def closed_cells() -> frozenset[str]:
    """Return the cells that the operator has closed for new workspaces."""
    return frozenset(control_session().scalars(select(Cell.name).where(Cell.is_open.is_(False))))


def used() -> dict[str, int]:
    """Return how many workspaces control keeps in each cell."""
    rows = control_session().execute(
        select(Workspace.cell, func.count().label("used"))
        .where(Workspace.state != WorkspaceState.CLOSED)
        .group_by(Workspace.cell)
    )
    return {row.cell: row.used for row in rows}


def cells_with_room() -> list[str]:
    """Return the open cells that are not full, the emptiest first; it asks none of them."""
    settings = get_settings()
    closed, taken = closed_cells(), used()
    rooms = {
        cell: settings.capacity_of(cell) - taken.get(cell, 0)
        for cell in settings.cell_urls()
        if cell not in closed
    }
    return sorted((cell for cell, room in rooms.items() if room > 0), key=lambda cell: -rooms[cell])


def takes_more(cell: str) -> bool:
    """Tell whether a cell answers and its server has room for one more role."""
    try:
        with apart(cell, role="simtree_control") as own:
            roles = own.scalar(_ROLES) or 0
    except (OperationalError, PoolTimeout) as error:
        _log.warning("cell.down", cell=cell, error=type(error).__name__)
        return False
    if roles >= ROLES_LIMIT:
        _log.warning("cell.full_of_roles", cell=cell, roles=roles)
    return roles < ROLES_LIMIT


def statuses() -> list[CellStatus]:
    """Return how every cell stands; one that is down is told by its facts, which are None."""
    settings = get_settings()
    closed, taken = closed_cells(), used()
    return [
        CellStatus(
            name=cell,
            engine=settings.engine_of(cell),
            is_open=cell not in closed,
            capacity=settings.capacity_of(cell),
            used=taken.get(cell, 0),
            facts=_facts(cell),
        )
        for cell in settings.cell_urls()
    ]


def _facts(cell: str) -> CellFacts | None:
    try:
        with apart(cell, role="simtree_control") as own:
            row = own.execute(_FACTS).one()
    except (OperationalError, PoolTimeout) as error:
        _log.warning("cell.down", cell=cell, error=type(error).__name__)
        return None
    return CellFacts(row.version, row.size, row.roles, row.pool, row.live, row.leaving)
