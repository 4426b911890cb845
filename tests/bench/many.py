"""Many workspaces in one cell: topped up to a number, for all benchmarks that need so many."""

from sqlalchemy import text

from control.provisioning.script import schema_script
from kit import ids
from kit.db import make_engine
from kit.db.migrating import run_script
from kit.settings import get_settings
from wsgi import tenant_plane

BATCH = 20
"""Every new role makes every backend rebuild its list of memberships, once per commit."""


def workspaces(number: int) -> list[str]:
    """Return the opaque ids of all workspaces in the cell, at least so many.

    Those that are missing are built by our script, without seeds and unknown to the control plane.
    """
    plane = tenant_plane()
    engine = make_engine(get_settings().migrator_url(), name="bench")
    every = text("SELECT workspace FROM cell.workspaces")
    with engine.connect() as connection:
        there = list(connection.scalars(every))
    while len(there) < number:
        made = [f"t_{ids.new()}" for _ in range(min(BATCH, number - len(there)))]
        with engine.connect() as connection, connection.begin():
            for schema in made:
                run_script(connection, schema_script(plane, schema=schema))
        there += made
    engine.dispose()
    return there
