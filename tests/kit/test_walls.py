"""What the server itself refuses to a login and to a workspace's role."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kit import audit
from kit.db import session, transaction, walls
from kit.db.engine import driver_url
from kit.errors import Misconfigured
from tests import databases


def check(url: str) -> None:
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        walls.check(connection)


def app_url(database: str) -> str:
    return databases.url_for(database, login="simtree_app", password=databases.APP_PASSWORD)


@pytest.fixture
def name(app, worker_id: str) -> str:
    return f"simtree_test_{worker_id}"


@pytest.fixture
def small(worker_id: str) -> Iterator[str]:
    """An empty database with its walls, apart from everyone's."""
    from infra.install_database import close_holes

    made = f"simtree_walls_{worker_id}"
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {made} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {made} TEMPLATE template0")
        close_holes(databases.superuser_url(), database=made)
        yield made
        server.execute(f"DROP DATABASE {made} WITH (FORCE)")


def test_the_applications_login_passes(name):
    check(app_url(name))


def test_a_superuser_is_refused(name):
    # A socket's folder may stand in the URL: only the database changes.
    url = make_url(databases.superuser_url()).set(database=name)
    with pytest.raises(Misconfigured, match="administrative rights; use simtree_app"):
        check(url.render_as_string(hide_password=False))


def test_the_migrator_is_refused(name):
    url = databases.url_for(name, login="simtree_migrator", password=databases.MIGRATOR_PASSWORD)
    with pytest.raises(Misconfigured, match="administrative rights; use simtree_app"):
        check(url)


def test_a_fresh_database_with_its_walls_passes(small):
    check(app_url(small))


@pytest.mark.parametrize(
    "opened",
    [
        "EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean)",
        "EXECUTE ON FUNCTION pg_catalog.lo_create(oid)",
        "EXECUTE ON FUNCTION pg_catalog.pg_advisory_lock(bigint)",
        "EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text)",
        "USAGE ON LANGUAGE plpgsql",
        "TEMPORARY ON DATABASE {small}",
    ],
)
def test_a_database_with_one_hole_is_refused(small, opened):
    with psycopg.connect(databases.superuser_url(), dbname=small, autocommit=True) as server:
        server.execute(f"GRANT {opened.format(small=small)} TO PUBLIC")
    with pytest.raises(Misconfigured, match="not installed with infra/bin/install-database"):
        check(app_url(small))


def test_a_login_that_owns_a_table_is_refused(small):
    with psycopg.connect(databases.superuser_url(), dbname=small, autocommit=True) as server:
        server.execute("CREATE TABLE public.own (id int)")
        server.execute("ALTER TABLE public.own OWNER TO simtree_app")
    with pytest.raises(Misconfigured, match="owns tables or may replicate"):
        check(app_url(small))


def test_the_login_itself_has_no_rights_of_any_workspace(acme, name):
    with (
        psycopg.connect(app_url(name)) as login,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for schema"),
    ):
        login.execute(f"SELECT * FROM {acme.schema}.users")


FUNCTION_CALLS = {
    "set_config": "set_config('role', 'none', true)",
    "lo_create": "lo_create(0)",
    "lo_creat": "lo_creat(-1)",
    "lo_from_bytea": "lo_from_bytea(0, 'x')",
    "lo_get": "lo_get(1)",
    "lo_open": "lo_open(1, 262144)",
    "lo_put": "lo_put(1, 0, 'x')",
    "lo_unlink": "lo_unlink(1)",
    "lowrite": "lowrite(0, 'x')",
    "loread": "loread(0, 1)",
    "pg_notify": "pg_notify('x', 'y')",
    "pg_advisory_lock": "pg_advisory_lock(1)",
    "pg_advisory_lock_shared": "pg_advisory_lock_shared(1, 2)",
    "pg_try_advisory_lock": "pg_try_advisory_lock(1)",
    "pg_try_advisory_lock_shared": "pg_try_advisory_lock_shared(1)",
    "pg_read_file": "pg_read_file('/etc/hostname')",
    "pg_ls_dir": "pg_ls_dir('.')",
}


def refused(statement: str, reason: str) -> None:
    with pytest.raises(DBAPIError, match=reason), transaction() as work:
        work.execute(text(statement))


@pytest.mark.parametrize(("function", "call"), FUNCTION_CALLS.items())
def test_a_workspace_cannot_call(in_acme, function, call):
    refused(f"SELECT {call}", f"permission denied for function {function}")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TABLE mine (id int)", "permission denied for schema t_"),
        ("CREATE TABLE public.mine (id int)", "permission denied for schema public"),
        ("CREATE TEMP TABLE mine (id int)", "permission denied to create temporary tables"),
        ("CREATE SCHEMA mine", "permission denied for database"),
        ("CREATE ROLE mine", "permission denied to create role"),
        ("CREATE FUNCTION f() RETURNS int RETURN 1", "permission denied for schema"),
        ("DO 'BEGIN END'", "permission denied for language plpgsql"),
        ("COPY users TO PROGRAM 'true'", "denied to COPY to or from an external program"),
        ("COPY users TO '/tmp/users'", "permission denied to COPY to a file"),
        ("ALTER TABLE users ADD COLUMN mine int", "must be owner of table users"),
        ("DROP TABLE users", "must be owner of table users"),
        ("TRUNCATE users", "permission denied for table users"),
        ("LOCK TABLE control.workspaces", "permission denied for schema control"),
        ("UPDATE audit_entries SET event = 'x'", "permission denied for table audit_entries"),
        ("DELETE FROM audit_entries", "permission denied for table audit_entries"),
        ("SELECT * FROM control.workspaces", "permission denied for schema control"),
        ("SELECT * FROM pg_authid", "permission denied for table pg_authid"),
        ("UPDATE cell.workspaces SET access = 'full'", "permission denied for table workspaces"),
        ("SET SESSION AUTHORIZATION postgres", "permission denied to set session authorization"),
        ("SET ROLE postgres", 'permission denied to set role "postgres"'),
        ("SET ROLE simtree_migrator", 'permission denied to set role "simtree_migrator"'),
    ],
)  # fmt: skip
def test_a_workspace_cannot(in_acme, statement, reason):
    refused(statement, reason)


def test_a_workspace_sees_its_own_row_of_the_cell_only(in_acme, rival):
    rows = session().scalars(text("SELECT workspace FROM cell.workspaces")).all()
    assert rows == [in_acme.schema]


def test_the_audit_of_a_workspace_stays_as_it_was(in_acme):
    count = text("SELECT count(*), max(event) FROM audit_entries")
    with transaction() as work:
        work.add(
            audit.AuditEntry(
                event="kit_tests:kept",
                subject_kind="Thing",
                subject_id="x",
                actor_kind="system",
                actor_id="",
                actor_name="system",
                details={},
            )
        )
    before = session().execute(count).one()
    refused("DELETE FROM audit_entries", "permission denied")
    refused("UPDATE audit_entries SET event = 'zzz'", "permission denied")
    assert session().execute(count).one() == before


@pytest.mark.parametrize("role", ["rival", "simtree_control", "simtree_jobs"])
def test_a_plain_set_role_is_a_hole_that_only_our_statements_close(in_acme, rival, role):
    """The truth, not a wish: the server asks whether the *login* may, and simtree_app may.

    So nothing that a person typed is ever a statement: DO, set_config and stacked statements,
    the ways in which a value could become one, are refused above and in test_tenancy.
    """
    target = rival.schema if role == "rival" else role
    with transaction() as work:
        work.execute(text(f"SET LOCAL ROLE {target}"))
        assert work.scalar(text("SELECT current_user")) == target
