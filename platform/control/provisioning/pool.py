"""The warm pool: schemas that stand ready, so that a sign-up need not wait for one to be built.

The provisioner fills it, a batch in one transaction: every new role makes every backend of the
server rebuild its list of memberships, once per commit. A sign-up claims a member with one
statement in the member's cell; members behind this release's revision are passed over until they
have been migrated.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from control.plane import TenantPlane
from control.provisioning.script import make_schema
from control.workspaces.models import Workspace
from control.workspaces.services import Place
from kit import ids
from kit.crash import crash_point
from kit.db import apart, control_session
from kit.db.migrating import head
from kit.settings import get_settings

_log = structlog.get_logger("control.provisioning")
FORGOTTEN_AFTER = timedelta(minutes=15)

_CLAIM = text("""
    WITH mine AS (
        SELECT workspace FROM workspaces WHERE claimed_by = :claimant
    ), taken AS (
        UPDATE workspaces SET state = 'live', claimed_by = :claimant, claimed_at = now()
        WHERE NOT EXISTS (SELECT 1 FROM mine) AND workspace = (
            SELECT workspace FROM workspaces
            WHERE state = 'pool' AND revision = :head
            ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING workspace
    )
    SELECT workspace FROM mine UNION ALL SELECT workspace FROM taken
""")
_FORGOTTEN = text("""
    SELECT workspace FROM workspaces
    WHERE claimed_by IS NOT NULL AND state = 'live' AND claimed_at < now() - :age
""")
_GIVE_BACK = text("""
    UPDATE workspaces SET state = 'pool', claimed_by = NULL, claimed_at = NULL
    WHERE workspace = :schema AND state = 'live' AND claimed_by IS NOT NULL
      AND claimed_at < now() - :age
""")
_STALE = text("SELECT workspace FROM cell.workspaces WHERE state = 'pool' AND revision <> :head")
_READY = text("SELECT count(*) FROM cell.workspaces WHERE state = 'pool' AND revision = :head")


def claim(claimant: str, *, cells: Sequence[str]) -> Place | None:
    """Take a ready schema from the first of these cells that has one; None when none has.

    The same claimant gets the same schema again. Commits at once, before the control plane does:
    what a sign-up that failed then leaves behind is given back by `give_back_forgotten`.
    """
    for cell in cells:
        try:
            with apart(cell, role="simtree_control") as own:
                schema = own.scalar(_CLAIM, {"claimant": claimant, "head": head("tenants")})
        except (OperationalError, PoolTimeout) as error:
            _log.warning("pool.unreachable", cell=cell, error=type(error).__name__)
            continue
        crash_point("pool.claimed")
        if schema is not None:
            return Place(cell, schema)
    return None


def give_back_forgotten(cell: str, *, age: timedelta = FORGOTTEN_AFTER) -> int:
    """Put claims that never became a workspace back into the pool; return how many."""
    with apart(cell, role="simtree_control") as own:
        claimed = own.scalars(_FORGOTTEN, {"age": age}).all()
    known = set(
        control_session().scalars(select(Workspace.schema).where(Workspace.schema.in_(claimed)))
    )
    forgotten = [schema for schema in claimed if schema not in known]
    with apart(cell, role="simtree_control") as own:
        for schema in forgotten:
            own.execute(_GIVE_BACK, {"schema": schema, "age": age})
    return len(forgotten)


def ready(engine: Engine) -> int:
    """Return how many members of a cell's pool can be claimed; `engine` is the migrator's."""
    with engine.connect() as connection:
        return int(connection.scalar(_READY, {"head": head("tenants")}) or 0)


def stale(engine: Engine) -> frozenset[str]:
    """Return the members of a cell's pool that stand at another revision than this release's."""
    with engine.connect() as connection:
        return frozenset(connection.scalars(_STALE, {"head": head("tenants")}))


def refill(plane: TenantPlane, engine: Engine, *, cell: str = "main") -> int:
    """Build a batch of members when the pool has room for one; return how many were built.

    All of a batch or, when it fails or the process dies, nothing.
    """
    settings = get_settings()
    room = settings.pool_target - ready(engine)
    count = min(settings.pool_batch, settings.pool_target)
    if count == 0 or room < count:
        return 0
    schemas = [f"t_{ids.new()}" for _ in range(count)]
    with engine.connect() as connection, connection.begin():
        for schema in schemas:
            make_schema(connection, plane, schema=schema, cell=cell)
            crash_point("pool.building")
        connection.execute(
            text("UPDATE cell.workspaces SET state = 'pool' WHERE workspace = ANY(:schemas)"),
            {"schemas": schemas},
        )
    return count
