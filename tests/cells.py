"""Three cells on two servers of their own: main and east share one, west has the other."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, select, text

from infra.install_database import install
from infra.local.servers import EmbeddedPostgres
from tests import databases

PASSWORDS = {
    "simtree_app": "app-test",
    "simtree_migrator": "migrator-test",
    "simtree_mover": "mover-test",
}
DATABASES = {"main": "simtree", "east": "simtree_east", "west": "simtree_west"}


@dataclass(slots=True)
class Cells:
    """The servers, the application on them and the migrator's engines."""

    servers: dict[str, EmbeddedPostgres]
    app: Flask
    engines: dict[str, Engine]

    def url(self, cell: str, login: str) -> str:
        return self.servers[cell].host_url(login, PASSWORDS[login], DATABASES[cell])


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Settings of these values inside the block, and of what was before after it."""
    from kit.settings import get_settings

    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    get_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get_settings.cache_clear()


def settings_of(servers: Mapping[str, EmbeddedPostgres]) -> dict[str, str]:
    def urls(login: str) -> dict[str, str]:
        return {
            cell: server.host_url(login, PASSWORDS[login], DATABASES[cell])
            for cell, server in servers.items()
        }

    return {
        "DATABASE_URL": urls("simtree_app")["main"],
        "MIGRATOR_DATABASE_URL": urls("simtree_migrator")["main"],
        "CELLS": json.dumps(urls("simtree_app")),
        "MIGRATOR_CELLS": json.dumps(urls("simtree_migrator")),
        "MOVER_CELLS": json.dumps(urls("simtree_mover")),
    }


@contextmanager
def three_cells(folder: Path) -> Iterator[dict[str, EmbeddedPostgres]]:
    """Start both servers, install and migrate the three databases; yield each cell's server."""
    from control.provisioning.migrate import migrate_all
    from wsgi import tenant_plane

    first = EmbeddedPostgres(folder / "first", fast=True)
    second = EmbeddedPostgres(folder / "second", fast=True)
    servers = {"main": first, "east": first, "west": second}
    try:
        for server in (first, second):
            server.start()
        for cell, server in servers.items():
            install(
                server.url,
                database=DATABASES[cell],
                app_password=PASSWORDS["simtree_app"],
                migrator_password=PASSWORDS["simtree_migrator"],
                mover_password=PASSWORDS["simtree_mover"],
            )
        with environment(settings_of(servers)):
            migrate_all(tenant_plane(), say=lambda _: None)
        yield servers
    finally:
        for server in (second, first):
            server.stop()


@contextmanager
def application_on(servers: dict[str, EmbeddedPostgres]) -> Iterator[Cells]:
    """Make the application on these cells; inside the block the settings are theirs."""
    from control.provisioning.process import migrator_engines
    from control.workspaces.directory import directory
    from kit.db import database
    from tests.page import PageClient
    from wsgi import create_app

    with environment(settings_of(servers)):
        app = create_app()
        app.test_client_class = PageClient
        cells = Cells(servers, app, migrator_engines())
        directory.forget()
        try:
            with app.app_context():
                yield cells
                database.control.remove()
        finally:
            with app.app_context():
                for engine in (*database.engines.values(), *cells.engines.values()):
                    engine.dispose()
            directory.forget()


def build(cells: Cells, address: str, *, cell: str = "main") -> str:
    """Build a workspace in a cell; return its schema. Inside the application's context."""
    from control.plane import Owner
    from control.provisioning import services as provisioning
    from control.provisioning.process import provision_one
    from control.workspaces import services as workspaces
    from control.workspaces.models import Workspace
    from kit import audit
    from kit.db import control_session, control_transaction
    from kit.security import hash_password
    from wsgi import tenant_plane

    owner = Owner(
        name="王小树",
        username=f"{address}_owner",
        email=f"owner@{address}.example.com",
        phone="13800138000",
        password_hash=hash_password(databases.PEOPLE_PASSWORD),
        locale="zh_Hans_CN",
    )
    with control_transaction():
        made = workspaces.register_workspace(
            name=f"{address.title()} 通信", address=address, locale="zh_Hans_CN", by=audit.SYSTEM
        )
        made.cell = cell
        provisioning.queue_build(made, owner=owner)
    assert provision_one(tenant_plane(), cells.engines)
    control_session().expire_all()
    found = control_session().scalars(select(Workspace).where(Workspace.address == address)).one()
    assert found.state == "trial", control_session().scalar(text("SELECT max(error) FROM builds"))
    return found.schema
