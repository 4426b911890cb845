"""What one workspace leaves on a connection, and what the next one finds there."""

import psycopg
import pytest
from sqlalchemy import text

from kit.db import StatementRefused, database, session, workspace_scope
from kit.db.binding import Binding
from kit.db.session import cell_key
from kit.settings import get_settings
from tests.attacks.catalogue import attempt

POOL = "what stays on a pooled connection"


def bound(connection, schema: str) -> None:
    result = connection.pgconn.exec_(Binding(role=schema, schema=schema).start)
    assert not result.error_message


@pytest.fixture
def left(raw, names):
    """Acme sends statements past our cursor and commits; rival's transaction is the next one."""

    def leave(*statements: str):
        for statement in statements:
            raw.execute(statement)
        raw.commit()
        bound(raw, names["rival"])
        return raw

    return leave


def one(connection, query: str) -> object:
    return connection.execute(query).fetchone()[0]


@attempt("left-path", POOL, "SET search_path, left for the next workspace", stopped_by="binding")
def test_a_path_left_behind_leads_nowhere(left, names):
    after = left(f"SET search_path TO {names['acme']}")
    assert one(after, "SELECT current_schema") == names["rival"]
    assert one(after, "SELECT 'users'::regclass::oid::text") == one(
        after, f"SELECT '{names['rival']}.users'::regclass::oid::text"
    )


@attempt("left-role", POOL, "SET ROLE, left for the next workspace", stopped_by="binding")
def test_a_role_left_behind_is_not_the_next_ones(left, names):
    after = left(f"SET ROLE {names['acme']}")
    assert one(after, "SELECT current_user") == names["rival"]


@attempt("left-timeout", POOL, "statement_timeout switched off for good", stopped_by="binding")
def test_a_timeout_left_behind_does_not_count(left):
    assert one(left("SET statement_timeout TO 0"), "SHOW statement_timeout") == "30s"


@attempt("left-prepared", POOL, "a statement prepared by another, executed", stopped_by="server")
def test_a_statement_left_behind_is_read_anew(left, names):
    after = left("PREPARE mine AS SELECT min(username) FROM users")
    assert one(after, "EXECUTE mine") == "rival_owner"


@attempt(
    "left-cursor",
    POOL,
    "a cursor WITH HOLD, fetched by the next workspace",
    stopped_by="our cursor: neither DECLARE … WITH HOLD nor FETCH is sent",
)
def test_a_cursor_left_behind_is_open_to_the_server_and_shut_by_us(left, as_acme):
    after = left("DECLARE mine CURSOR WITH HOLD FOR SELECT username FROM users")
    assert one(after, "FETCH ALL FROM mine") == "acme_owner"
    with pytest.raises(StatementRefused, match="does not send FETCH"):
        session().execute(text("FETCH ALL FROM mine"))


@attempt("left-temp", POOL, "a temporary table in the way of users", stopped_by="server")
def test_a_temporary_table_cannot_be_made(raw):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="create temporary tables"):
        raw.execute("CREATE TEMP TABLE users AS SELECT 'x' AS username")


@attempt("left-login", POOL, "a statement between two transactions", stopped_by="server")
def test_between_two_transactions_there_are_no_rights(raw, names):
    raw.commit()
    assert one(raw, "SELECT current_user") == "simtree_app"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for schema"):
        raw.execute(f"SELECT * FROM {names['acme']}.users")


@attempt(
    "same-statement",
    POOL,
    "one prepared plan on one connection, for two workspaces in turn",
    stopped_by="server: plans are made anew for another path and role",
)
def test_a_plan_of_one_workspace_is_not_anothers(app, workspaces):
    """Past five times psycopg prepares a statement by itself: the text is the same for both."""
    acme, rival = workspaces
    seen, pids = [], set()
    with app.app_context():
        engine = database.engines[cell_key("main")]
        engine.dispose()
        # All but one are taken: what is left serves both.
        taken = [engine.connect() for _ in range(get_settings().pool_size - 1)]
        for workspace in [acme] * 7 + [rival, acme, rival]:
            with workspace_scope(workspace):
                seen.append(session().scalar(text("SELECT min(username) FROM users")))
                rows = session().scalars(text("SELECT workspace FROM cell.workspaces")).all()
                assert rows == [workspace.schema]
                pids.add(session().scalar(text("SELECT pg_backend_pid()")))
        for connection in taken:
            connection.close()
    assert len(pids) == 1
    assert seen[6:] == ["acme_owner", "rival_owner", "acme_owner", "rival_owner"]


@attempt(
    "stacked",
    POOL,
    "a second statement after a semicolon",
    stopped_by="our cursor: the extended protocol takes one",
)
def test_stacked_statements_fail(as_acme, names):
    for second in (f"SET ROLE {names['rival']}", "SELECT 2"):
        with pytest.raises(Exception, match="cannot insert multiple commands"):
            session().execute(text(f"SELECT 1; {second}"))
        session().rollback()


@attempt(
    "server-cursor",
    POOL,
    "a statement through a cursor that stays on the server",
    stopped_by="our cursor",
)
def test_a_cursor_on_the_server_is_guarded_too(as_acme):
    driver = session().connection().connection.driver_connection
    with driver.cursor("mine") as cursor:
        cursor.execute("SELECT username FROM users")
        assert cursor.fetchall() == [("acme_owner",)]
    with (
        driver.cursor("mine", withhold=True) as cursor,
        pytest.raises(StatementRefused, match="does not send DECLARE"),
    ):
        cursor.execute("SELECT 1")


@attempt("by-copy", POOL, "a statement through COPY or in many at once", stopped_by="our cursor")
def test_every_way_to_send_is_guarded(as_acme):
    driver = session().connection().connection.driver_connection
    with driver.cursor() as cursor:
        for send in (
            lambda: cursor.execute("SET ROLE NONE"),
            lambda: cursor.execute("SET ROLE NONE", prepare=True),
            lambda: cursor.executemany("SET ROLE NONE", [(), ()]),
            lambda: list(cursor.stream("SET ROLE NONE")),
            lambda: cursor.copy("SET ROLE NONE").__enter__(),
            lambda: driver.execute("SET ROLE NONE"),
        ):
            with pytest.raises(StatementRefused, match="does not send SET"):
                send()
        with cursor.copy("COPY users (username) TO STDOUT") as rows:
            assert list(rows.rows()) == [("acme_owner",)]
