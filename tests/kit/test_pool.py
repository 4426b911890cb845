"""The pool that keeps a workspace to the connection whose backend knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from kit import tenancy
from kit.db.engine import driver_url, engine_options, renew_after
from kit.db.pool import WorkspacePool, memory_of
from kit.settings import get_settings


@pytest.fixture
def engine(app) -> Iterator[Engine]:
    options = engine_options(pool_size=2, overflow=1, name="test")
    made = create_engine(
        driver_url(get_settings().database_url.get_secret_value()),
        poolclass=WorkspacePool,
        **options,
    )
    yield made
    made.dispose()


@contextmanager
def serving(engine: Engine, acme: tenancy.Workspace, schema: str) -> Iterator[Connection]:
    with tenancy.enter(replace(acme, schema=schema)), engine.connect() as connection:
        memory_of(connection).note(schema, "orders")
        yield connection


def backend(connection: Connection) -> int:
    pid = connection.scalar(text("SELECT pg_backend_pid()"))
    assert isinstance(pid, int)
    return pid


def visit(engine: Engine, acme: tenancy.Workspace, schema: str) -> int:
    with serving(engine, acme, schema) as connection:
        return backend(connection)


def test_a_workspace_comes_back_to_the_connection_that_knows_it(engine, acme):
    homes = {schema: visit(engine, acme, schema) for schema in ("t_a", "t_b", "t_c", "t_d")}
    assert len(set(homes.values())) == 2
    for schema in ("t_d", "t_a", "t_c", "t_b", "t_b", "t_a"):
        assert visit(engine, acme, schema) == homes[schema]


def test_workspaces_spread_evenly(engine, acme):
    homes = [visit(engine, acme, f"t_{number}") for number in range(10)]
    assert sorted(homes.count(pid) for pid in set(homes)) == [5, 5]


def test_a_busy_connection_does_not_make_its_workspace_wait(engine, acme):
    with serving(engine, acme, "t_a") as first, serving(engine, acme, "t_a") as second:
        assert backend(first) != backend(second)


def test_without_a_workspace_no_new_connection_is_made_while_one_is_idle(engine, acme):
    home = visit(engine, acme, "t_a")
    with engine.connect() as connection:
        assert backend(connection) == home


def test_a_renewed_connection_has_forgotten(engine, acme):
    renew_after(engine, 1)
    before = visit(engine, acme, "t_a")
    after = visit(engine, acme, "t_a")
    assert after != before
    with engine.connect() as connection:
        assert not memory_of(connection).workspaces


def test_a_connection_that_cannot_be_made_takes_no_place(engine, acme, monkeypatch):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OperationalError("connect", {}, Exception("no"))

    pool = engine.pool
    assert isinstance(pool, WorkspacePool)
    with monkeypatch.context() as patch:
        patch.setattr(pool, "_create_connection", refuse)
        with pytest.raises(OperationalError):
            visit(engine, acme, "t_a")
    assert pool.overflow() == -2
    assert visit(engine, acme, "t_a")
