"""Two workspaces, the application's login without our driver, and what must not have changed."""

from collections.abc import Iterator

import psycopg
import pytest

from kit.db import database, workspace_scope
from kit.db.binding import Binding
from kit.tenancy import Workspace
from tests import databases

# Every row of what a workspace could reach if a wall fell, and who may do what to it.
_STATE = """
    SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
        SELECT 'o' || o::text AS line FROM cell.outbox o
        UNION ALL SELECT 'e' || e::text FROM cell.effects e
        UNION ALL SELECT 'w' || w::text FROM cell.workspaces w
        UNION ALL SELECT 'c' || c::text FROM control.workspaces c
        UNION ALL SELECT 'u' || u::text FROM {rival}.users u
        UNION ALL SELECT 'v' || u::text FROM {acme}.users u
        UNION ALL SELECT 'a' || a::text FROM {rival}.audit_entries a
        UNION ALL SELECT 'b' || a::text FROM {acme}.audit_entries a
        UNION ALL SELECT 't' || c.oid || c.relname || c.relowner || c.relrowsecurity
                         || coalesce(c.relacl::text, '') FROM pg_class c
                  WHERE c.relnamespace >= 16384 OR c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'n' || n::text FROM pg_namespace n
        UNION ALL SELECT 'f' || p.oid FROM pg_proc p WHERE p.oid >= 16384 OR p.prosecdef
        UNION ALL SELECT 'p' || p::text FROM pg_policy p
        UNION ALL SELECT 'l' || l::text FROM pg_largeobject_metadata l
        UNION ALL SELECT 'r' || r::text FROM pg_roles r
                  WHERE r.rolname IN ('{acme}', '{rival}', 'simtree_app', 'simtree_jobs')
        UNION ALL SELECT 'm' || m.roleid || '-' || m.member FROM pg_auth_members m
                  JOIN pg_roles r ON r.oid = m.member WHERE r.rolname IN ('{acme}', '{rival}')
        UNION ALL SELECT 's' || s::text FROM pg_db_role_setting s
                  JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname IN ('{acme}', '{rival}')
    ) AS everything
"""


@pytest.fixture(scope="module")
def workspaces(app) -> Iterator[tuple[Workspace, Workspace]]:
    """Acme, who attacks, and rival, as the application finds them; commits are real here."""
    from control.workspaces.directory import directory

    with app.app_context():
        directory.forget()
        found = directory.by_address("acme"), directory.by_address("rival")
    assert found[0]
    assert found[1]
    yield found
    with app.app_context():
        # Tests that roll everything back begin on connections that nobody has bound yet.
        for engine in database.engines.values():
            engine.dispose()


@pytest.fixture(scope="module")
def names(workspaces) -> dict[str, str]:
    return {"acme": workspaces[0].schema, "rival": workspaces[1].schema}


@pytest.fixture
def as_acme(app, workspaces) -> Iterator[Workspace]:
    """The application serves acme, on connections of its own pool."""
    with app.app_context(), workspace_scope(workspaces[0]) as acme:
        yield acme


@pytest.fixture(scope="module")
def login(app, worker_id: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The application's login without the application: no cursor of ours, no pool."""
    url = databases.url_for(
        databases.name_of(worker_id), login="simtree_app", password=databases.APP_PASSWORD
    )
    with psycopg.connect(url, prepare_threshold=None) as connection:
        yield connection


@pytest.fixture
def raw(login, names) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The same, inside a transaction bound to acme as the application binds it."""
    login.rollback()
    login.pgconn.exec_(Binding(role=names["acme"], schema=names["acme"]).start)
    yield login
    login.rollback()
    # What an attempt left on the session is its own; the next one starts clean.
    login.autocommit = True
    login.execute("DISCARD ALL")
    login.autocommit = False


@pytest.fixture(scope="module")
def observer(app, worker_id: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(
        databases.superuser_url(), dbname=databases.name_of(worker_id), autocommit=True
    ) as connection:
        yield connection


@pytest.fixture(scope="module")
def state(observer, names) -> list[object]:
    """Everything as it was before the first attempt of a module."""
    return [observer.execute(_STATE.format(**names)).fetchone()]


@pytest.fixture
def nothing_changes(observer, names, state) -> Iterator[None]:
    """Fail a test after which a row, a right or an object is another than before."""
    yield
    before = state.pop()
    state.append(observer.execute(_STATE.format(**names)).fetchone())
    assert state == [before], "the attempt changed something"
