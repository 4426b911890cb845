"""Bring every schema to this release: control, cells, then the workspaces (control.migrating)."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from control.cells import citus
from control.migrating.cli import migrate_tenants
from control.plane import TenantPlane
from kit.audit import ControlAuditEntry
from kit.db import ControlModel, control_metadata, make_engine
from kit.db.grants import append_only_tables, table_grants
from kit.db.migrating import run_script, upgrade_schema
from kit.settings import get_settings

assert ControlAuditEntry.append_only


def migrate_control(connection: Connection) -> list[str]:
    """Bring the control schema up, with its grants; return the revisions applied."""
    applied = upgrade_schema(connection, "control")
    grants = table_grants(
        control_metadata,
        append_only_tables(ControlModel),
        role="simtree_control",
        schema="control",
    ).replace("control.control.", "control.")
    run_script(connection, f"GRANT USAGE ON SCHEMA control TO simtree_control;\n{grants}")
    return applied


def migrate_cell(connection: Connection, *, cell: str) -> list[str]:
    """Bring a cell's own schema up; return the revisions applied.

    Misconfigured for a cluster one of whose nodes has a hole.
    """
    is_cluster = get_settings().engine_of(cell) == "citus"
    if is_cluster:
        citus.preflight(connection)
        citus.keep_local(connection)
    applied = upgrade_schema(connection, "cell")
    if is_cluster:
        citus.bind_commits(connection)
    return applied


def migrate_all(plane: TenantPlane, *, say: Callable[[str], None]) -> None:
    """Bring everything to this release, saying what was done.

    A cell that does not answer stops neither the others nor their workspaces; click's exception
    says so at the end. With workspaces behind, an application context must be open.
    """
    settings = get_settings()
    control = make_engine(settings.migrator_url(), name="migrate")
    with control.connect() as connection, connection.begin():
        for revision in migrate_control(connection):
            say(f"control: {revision}")
    control.dispose()
    for cell, url in settings.cell_urls(migrator=True).items():
        engine = make_engine(url, name="migrate")
        try:
            with engine.connect() as connection, connection.begin():
                for revision in migrate_cell(connection, cell=cell):
                    say(f"cell {cell}: {revision}")
        except OperationalError:
            say(f"cell {cell}: no answer")
        engine.dispose()
    migrate_tenants(plane, say=say)
