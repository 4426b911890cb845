"""Bring every schema to this release: control, cells, then the workspaces one by one."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from control.cells import citus
from control.plane import TenantPlane
from kit.audit import ControlAuditEntry
from kit.db import ControlModel, control_metadata, make_engine
from kit.db.grants import append_only_tables, table_grants
from kit.db.migrating import head, revisions, run_script, upgrade_schema
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


def migrate_cell(connection: Connection) -> list[str]:
    """Bring a cell's own schema up; return the revisions applied."""
    return upgrade_schema(connection, "cell")


def migrate_workspaces(engine: Engine, plane: TenantPlane) -> Iterator[str]:
    """Bring each workspace behind the head up, a transaction each; yield its id when done."""
    newest = head("tenants")
    with engine.connect() as connection:
        behind = connection.execute(
            text("SELECT workspace, revision FROM cell.workspaces WHERE revision <> :head"),
            {"head": newest},
        ).all()
    for schema, revision in behind:
        with engine.connect() as connection, connection.begin():
            script = "\n".join(step.sql for step in revisions("tenants", after=revision))
            grants = table_grants(plane.metadata, plane.append_only, role=schema, schema=schema)
            run_script(
                connection,
                f"SET LOCAL lock_timeout TO '1s';"
                f"SET LOCAL search_path TO {schema}, pg_temp;\n{script}\n{grants}",
            )
            connection.execute(
                text("UPDATE cell.workspaces SET revision = :head WHERE workspace = :schema"),
                {"head": newest, "schema": schema},
            )
        yield schema


def migrate_all(plane: TenantPlane, *, say: Callable[[str], None]) -> None:
    """Bring everything to this release, saying what was done."""
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
                if settings.engine_of(cell) == "citus":
                    citus.preflight(connection)
                    citus.keep_local(connection)
                for revision in migrate_cell(connection):
                    say(f"cell {cell}: {revision}")
            done = sum(1 for _ in migrate_workspaces(engine, plane))
        except OperationalError:
            say(f"cell {cell}: no answer")
        else:
            if done:
                say(f"cell {cell}: {done} workspaces")
        engine.dispose()
