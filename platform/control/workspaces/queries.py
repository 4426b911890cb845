"""Questions about workspaces: find one, why it is shut, how much room it takes."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select, text

from control.cells import citus
from control.workspaces.models import Workspace, WorkspaceState
from kit.db import apart, control_session, make_engine
from kit.settings import get_settings
from kit.tenancy import Workspace as Tenant

_SIZES = text("""
    SELECT n.nspname AS schema, coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS size
    FROM pg_namespace n
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'm')
    WHERE n.nspname = ANY(:schemas)
    GROUP BY n.nspname
""")


def find_workspace(public_id: str) -> Workspace | None:
    """Return a workspace by its public id, or None."""
    return (
        control_session()
        .scalars(select(Workspace).where(Workspace.public_id == public_id))
        .one_or_none()
    )


def workspace_of(tenant: Tenant) -> Workspace:
    """Return the control plane's row of a workspace that is being served."""
    return (
        control_session()
        .scalars(
            select(Workspace)
            .where(Workspace.id == tenant.id)
            .execution_options(populate_existing=True)
        )
        .one()
    )


def find_by_address(address: str) -> Workspace | None:
    """Return a workspace by its address (or its opaque id), or None."""
    return (
        control_session()
        .scalars(
            select(Workspace).where((Workspace.address == address) | (Workspace.schema == address))
        )
        .one_or_none()
    )


def suspension_reason(schema: str) -> str:
    """Return why a workspace is suspended; empty when it is not."""
    with apart(None) as control:
        reason = control.scalar(
            select(Workspace.suspended_reason).where(
                Workspace.schema == schema,
                Workspace.state.in_([WorkspaceState.SUSPENDED, WorkspaceState.CLOSING]),
            )
        )
    return reason or ""


def schemas_in(cell: str, *, batch: int) -> Iterator[Sequence[str]]:
    """Yield the opaque ids of a cell's workspaces, so many at a time."""
    schemas = (
        control_session()
        .scalars(
            select(Workspace.schema)
            .where(
                Workspace.cell == cell,
                Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]),
            )
            .order_by(Workspace.id)
        )
        .all()
    )
    for start in range(0, len(schemas), batch):
        yield schemas[start : start + batch]


def live_addresses() -> Sequence[str]:
    """Return the addresses of all workspaces that have a schema."""
    gone = [WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]
    with apart(None) as control:
        return control.scalars(
            select(Workspace.address).where(Workspace.state.not_in(gone)).order_by(Workspace.id)
        ).all()


def sizes(cell: str, schemas: Sequence[str]) -> dict[str, int]:
    """Return the bytes of each schema's tables with their indexes; needs no right on them."""
    if get_settings().engine_of(cell) == "citus":
        return _sizes_on_nodes(cell, schemas)
    with apart(cell, role="simtree_control") as own:
        rows = own.execute(_SIZES, {"schemas": list(schemas)}).all()
    return {row.schema: row.size for row in rows}


def _sizes_on_nodes(cell: str, schemas: Sequence[str]) -> dict[str, int]:
    """Return the same of a cluster's cell, whose tables are empty where we ask: as the migrator."""
    engine = make_engine(get_settings().cell_urls(migrator=True)[cell], name="sizes")
    try:
        with engine.connect() as connection:
            return citus.sizes(connection, schemas)
    finally:
        engine.dispose()
