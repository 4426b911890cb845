"""A new workspace by our script, with role, grants and seed, against its own dump sent raw."""

import re
import subprocess
from itertools import count

from sqlalchemy import text

from control.plane import Owner
from control.provisioning.script import schema_script
from infra.local.servers import postgres_binary
from kit import crypto, ids
from kit.db import make_engine, pinned, workspace_scope
from kit.db.migrating import run_script
from kit.db.session import cell_key
from kit.settings import get_settings
from kit.tenancy import Workspace
from tests.bench.frame import Figure, compare
from tests.bench.peers import django_tenants
from tests.databases import superuser_url
from wsgi import tenant_plane

_raw_names = count(1)


def measure() -> list[Figure]:
    """Return the figure of provisioning."""
    plane = tenant_plane()
    engine = make_engine(get_settings().migrator_url(), name="bench")
    owner = Owner("王小树", "owner", "o@example.com", "13800138000", "x", "zh_Hans_CN")

    def build() -> str:
        schema = f"t_{ids.new()}"
        tenant = Workspace(
            id=1,
            schema=schema,
            cell="main",
            name="Bench",
            host="bench",
            keys=((1, crypto.new_wrapped_key(schema)),),
        )
        with engine.connect() as connection, connection.begin():
            run_script(connection, schema_script(plane, schema=schema))
            with pinned({cell_key("main"): connection}), workspace_scope(tenant):
                plane.seed(tenant, owner)
        return schema

    dump = _dump(build())

    def raw() -> None:
        name = f"raw_{next(_raw_names)}"
        with engine.connect() as connection, connection.begin():
            run_script(connection, dump.replace("THE_SCHEMA", name))
            connection.execute(text("SET LOCAL search_path TO pg_catalog"))

    figure = compare(
        "A new workspace: role, schema, tables, grants, seed",
        build,
        raw,
        goal=1.2,
        note="raw: pg_dump -s of the finished schema, one message, one transaction",
    )
    engine.dispose()
    return [figure, _beside_django_tenants(figure.ours)]


def _beside_django_tenants(ours: float) -> Figure:
    peer = django_tenants.measured()
    return Figure(
        "A new workspace beside django-tenants",
        ours,
        peer.create,
        1 / 12,
        f"raw: saving a tenant there, with {peer.tables} tables of the same columns; "
        f"{peer.create / ours:.0f} times as long",
    )


def _dump(schema: str) -> str:
    """Return the finished schema's definition with a placeholder for its name."""
    url = superuser_url().replace("+psycopg", "")
    target = re.sub(r"/postgres(\?|$)", f"/{_database()}\\1", url)
    made = subprocess.run(
        [
            str(postgres_binary("pg_dump")),
            "-s",
            "-n",
            schema,
            "--no-owner",
            "--no-privileges",
            target,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [
        line
        for line in made.splitlines()
        if not line.startswith(("--", "\\", "SELECT pg_catalog.set_config", "SET "))
    ]
    return "\n".join(lines).replace(schema, "THE_SCHEMA")


def _database() -> str:
    return get_settings().database_url.get_secret_value().rsplit("/", 1)[1].partition("?")[0]
