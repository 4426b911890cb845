"""Check on a database of its own that models and revisions are in step, both planes."""

import os
import sys
import tempfile
from pathlib import Path

from infra.install_database import install
from infra.local.servers import EmbeddedPostgres

PASSWORD = "only-here"  # noqa: S105 - of a server that lives for seconds


def differences(server: EmbeddedPostgres) -> list[str]:
    """Return what the models have and the revisions do not, or the reverse."""
    install(server.url, database="simtree", app_password=PASSWORD, migrator_password=PASSWORD)
    url = server.host_url("simtree_migrator", PASSWORD, "simtree")
    os.environ.update(
        DATABASE_URL=url,
        MIGRATOR_DATABASE_URL=url,
        REDIS_URL="redis://127.0.0.1:1/0",
        SECRET_KEY="x" * 32,
        MASTER_KEYS="1:" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    )
    from control.provisioning.migrate import migrate_all
    from control.provisioning.revise import scratch_schema
    from kit.db import control_metadata, make_engine, tenant_metadata
    from kit.db.migrating import differences as compare
    from wsgi import tenant_plane

    migrate_all(tenant_plane(), say=lambda _: None)
    engine = make_engine(url, name="check")
    found = []
    with engine.connect() as connection, connection.begin():
        found += [f"control: {each}" for each in compare(connection, control_metadata, "control")]
    with engine.connect() as connection, connection.begin() as outer:
        scratch_schema(connection)
        found += [f"tenants: {each}" for each in compare(connection, tenant_metadata, None)]
        outer.rollback()
    engine.dispose()
    return found


def main() -> int:
    """Compare, say what differs, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="simtree-check-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", fast=True)
        server.start()
        try:
            found = differences(server)
        finally:
            server.stop()
    print("\n".join(found) or "Models and revisions are in step.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
