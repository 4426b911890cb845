"""Application, database, workspaces, people and the client; everything else is a factory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from kit import tenancy
from kit.db import database, pinned, workspace_scope
from kit.db.session import CONTROL, cell_key
from kit.i18n import speaking
from tests import cluster, databases, sharing
from tests.page import PageClient

# No property is about time: a machine that does something else meanwhile is no failure.
settings.register_profile("simtree", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("simtree")
pytest_xdist_make_scheduler = sharing.pytest_xdist_make_scheduler


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    cluster.mark(items)
    sharing.sort(config, items)


def pytest_configure(config: pytest.Config) -> None:
    if "SUPERUSER_DATABASE_URL" not in os.environ:
        pytest.exit("Run infra/bin/test: it starts PostgreSQL and Redis for the tests.", 2)
    sharing.take_redis(config)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def app(worker_id: str, data_dir: str) -> Iterator[Flask]:
    os.environ["DATA_DIR"] = data_dir
    databases.clone(f"simtree_test_{worker_id}")
    from control.workspaces import directory
    from kit.processes import settle
    from tenants.accounts import brand, policy
    from tenants.setup import memory
    from wsgi import create_app

    # On a slow machine what is known would grow old in the middle of a test that counts statements.
    directory.FRESH = brand.FRESH = policy.FRESH = memory.FRESH = 300.0
    app = create_app()
    app.test_client_class = PageClient
    settle()
    yield app
    with app.app_context():
        for engine in database.engines.values():
            engine.dispose()


@pytest.fixture
def db(app: Flask) -> Iterator[None]:
    """Everything a test does to the database is rolled back after it."""
    with app.app_context():
        control = database.engines[CONTROL].connect()
        cell = database.engines[cell_key("main")].connect()
        outer = [control.begin(), cell.begin()]
        try:
            # Sentences of verbs are read in English; pages speak the workspace's language.
            with pinned({CONTROL: control, cell_key("main"): cell}), speaking("en"):
                yield
                database.control.remove()
        finally:
            for transaction in outer:
                transaction.rollback()
            control.close()
            cell.close()
            databases.forget()


def _workspace(address: str) -> tenancy.Workspace:
    from control.workspaces.directory import directory

    found = directory.by_address(address)
    assert found is not None
    return found


@pytest.fixture
def acme(db: None) -> tenancy.Workspace:
    return _workspace("acme")


@pytest.fixture
def rival(db: None) -> tenancy.Workspace:
    return _workspace("rival")


@pytest.fixture
def in_acme(acme: tenancy.Workspace) -> Iterator[tenancy.Workspace]:
    """Factories and questions in the test speak to acme."""
    with workspace_scope(acme):
        yield acme


@pytest.fixture
def client(app: Flask, db: None) -> PageClient:
    """A browser at no workspace yet; `client.at(acme)` gives one that is."""
    made = app.test_client()
    assert isinstance(made, PageClient)
    return made


@pytest.fixture
def committed_app(worker_id: str, data_dir: str, app: Flask) -> Iterator[Flask]:
    """An application on a database of its own, where every commit is real."""
    with _committed(worker_id, data_dir) as made:
        yield made


@pytest.fixture(scope="module")
def module_app(worker_id: str, data_dir: str, app: Flask) -> Iterator[Flask]:
    """The same for all tests of a module, which must not mind what the ones before them left."""
    with _committed(worker_id, data_dir) as made:
        yield made


@contextmanager
def _committed(worker_id: str, data_dir: str) -> Iterator[Flask]:
    from control.workspaces.directory import directory

    name = f"simtree_test_{worker_id}_committed"
    os.environ["DATA_DIR"] = data_dir
    databases.clone(name)
    directory.forget()
    from wsgi import create_app

    made = create_app()
    made.test_client_class = PageClient
    with made.app_context():
        yield made
        database.control.remove()
        for engine in database.engines.values():
            engine.dispose()
    directory.forget()
    databases.drop(name)
    databases.use_database(databases.name_of(worker_id))
