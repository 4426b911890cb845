"""Databases of the tests: one template, migrated and with two workspaces; a clone per worker."""

import hashlib
import os
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from tests import cluster

ROOT = Path(__file__).resolve().parents[1]
APP_PASSWORD = "app-test"
MIGRATOR_PASSWORD = "migrator-test"
PEOPLE_PASSWORD = "Tree-house-2026"


def superuser_url() -> str:
    return cluster.urls()[0] if cluster.is_used() else os.environ["SUPERUSER_DATABASE_URL"]


def url_for(database: str, *, login: str, password: str) -> str:
    url = make_url(superuser_url()).set(username=login, password=password, database=database)
    return url.render_as_string(hide_password=False)


def name_of(worker_id: str) -> str:
    """Return the name of the database whose tests are rolled back."""
    return cluster.DATABASE if cluster.is_used() else f"simtree_test_{worker_id}"


def fingerprint() -> str:
    """Change the template's name whenever what it is built from changes."""
    digest = hashlib.sha256()
    for folder in ("migrations", "platform/control", "platform/kit/db", "tenants/accounts"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    digest.update((ROOT / "infra/install_database.py").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:10]


def use_database(database: str) -> None:
    """Point the application's settings at a database."""
    os.environ.update(
        ENVIRONMENT="test",
        DATABASE_URL=url_for(database, login="simtree_app", password=APP_PASSWORD),
        MIGRATOR_DATABASE_URL=url_for(
            database, login="simtree_migrator", password=MIGRATOR_PASSWORD
        ),
        SECRET_KEY="only-for-tests-0123456789-0123456789",
        MASTER_KEYS="1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        BASE_DOMAIN="simtree.test",
        POOL_SIZE="5",
        # A pool is filled where a test is about it.
        POOL_TARGET="0",
    )
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/9")
    from kit.settings import get_settings

    get_settings.cache_clear()


def ensure_template() -> str:
    """Return the template's name, building it once for all workers."""
    name = f"simtree_template_{fingerprint()}"
    with psycopg.connect(superuser_url(), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(7461002)")
        exists = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not exists:
            building = f"{name}_b"
            server.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
            build(building)
            server.execute(f"ALTER DATABASE {building} RENAME TO {name}")
        server.execute("SELECT pg_advisory_unlock(7461002)")
    return name


def build(database: str) -> None:
    """Install and migrate a database and build the workspaces acme and rival in it."""
    install_at(superuser_url(), database)
    fill(database)


def install_at(url: str, database: str) -> None:
    """Make the roles, a database and its walls at a server."""
    from infra.install_database import install

    install(
        url,
        database=database,
        app_password=APP_PASSWORD,
        migrator_password=MIGRATOR_PASSWORD,
    )


def fill(database: str) -> None:
    """Migrate an installed database and build the workspaces acme and rival in it."""
    use_database(database)
    from control.plane import Owner
    from control.provisioning import services as provisioning
    from control.provisioning.migrate import migrate_all
    from control.provisioning.process import migrator_engines, provision_one
    from control.workspaces import services as workspaces
    from kit import audit
    from kit.db import control_transaction
    from kit.db import database as db
    from kit.security import hash_password
    from wsgi import create_app, tenant_plane

    plane = tenant_plane()
    migrate_all(plane, say=lambda _: None)
    app = create_app()
    engines = migrator_engines()
    with app.app_context():
        for number, address in enumerate(("acme", "rival")):
            owner = Owner(
                name="王小树",
                username=f"{address}_owner",
                email=f"owner@{address}.example.com",
                phone=f"1380013800{number}",
                password_hash=hash_password(PEOPLE_PASSWORD),
                locale="zh_Hans_CN",
            )
            with control_transaction():
                workspace = workspaces.register_workspace(
                    name=f"{address.title()} 通信",
                    address=address,
                    locale="zh_Hans_CN",
                    by=audit.SYSTEM,
                    is_verified=True,
                )
                provisioning.queue_build(workspace, owner=owner)
            if not provision_one(plane, engines):
                raise RuntimeError("nothing to provision")
        with control_transaction() as control:
            failed = control.execute(text("SELECT error FROM builds WHERE state <> 'done'")).all()
        for engine in db.engines.values():
            engine.dispose()
    for engine in engines.values():
        engine.dispose()
    if failed:
        raise RuntimeError(f"the template's workspaces did not build: {failed}")


def clone(database: str) -> None:
    """Make a fresh copy of the template; database rights are not copied by the server."""
    if cluster.is_used():
        cluster.prepare()
        use_database(cluster.DATABASE)
        return
    template = ensure_template()
    from infra.install_database import close_holes

    with psycopg.connect(superuser_url(), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(7461003)")
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        # As files: a template written block by block through the log takes ten times as long.
        server.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")
        server.execute("SELECT pg_advisory_unlock(7461003)")
    close_holes(superuser_url(), database=database)
    use_database(database)


def drop(name: str) -> None:
    """Drop a database and the roles of workspaces that were built in it alone."""
    if cluster.is_used():
        cluster.restore()
        return
    url = superuser_url()
    with psycopg.connect(url, dbname=name, autocommit=True) as server:
        built = server.execute(
            "SELECT workspace FROM cell.workspaces WHERE workspace NOT IN"
            " (SELECT schema FROM control.workspaces WHERE address IN ('acme', 'rival'))"
        ).fetchall()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for (role,) in built:
            server.execute(f"DROP ROLE IF EXISTS {role}")


def forget() -> None:
    """Drop what this process knows of workspaces: the next test's are others."""
    from control.workspaces.directory import directory
    from tenants.setup import memory

    directory.forget()
    memory.forget()
