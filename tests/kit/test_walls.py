"""What the server itself refuses to a login and to a workspace's role."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kit import audit
from kit.db import session, transaction, walls
from kit.db.engine import driver_url
from kit.db.wall_questions import CELL, DATABASE
from kit.errors import Misconfigured
from tests import cluster, databases


def check(url: str) -> None:
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        walls.check(connection)


def app_url(database: str) -> str:
    return databases.url_for(database, login="simtree_app", password=databases.APP_PASSWORD)


@pytest.fixture
def name(app, worker_id: str) -> str:
    return databases.name_of(worker_id)


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


def test_a_database_with_a_hole_is_refused(small):
    with psycopg.connect(databases.superuser_url(), dbname=small, autocommit=True) as server:
        server.execute("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC")
    with pytest.raises(Misconfigured, match="not installed with infra/bin/install-database"):
        check(app_url(small))


def test_an_installation_says_what_was_opened_by_hand(small):
    from infra.install_database import close_holes

    with psycopg.connect(databases.superuser_url(), dbname=small, autocommit=True) as server:
        server.execute("GRANT TEMPORARY ON DATABASE " + small + " TO simtree_app")
    with pytest.raises(Misconfigured, match="simtree_app has TEMPORARY"):
        close_holes(databases.superuser_url(), database=small)


@pytest.fixture
def server(app, name) -> Iterator[Connection]:
    """A superuser in the database of the tests, whose holes are closed again by a rollback."""
    url = make_url(databases.superuser_url()).set(database=name)
    engine = create_engine(
        driver_url(url.render_as_string(hide_password=False)), poolclass=NullPool
    )
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def found(server: Connection, questions: dict[str, str], sentence: str) -> str:
    """The finding with a sentence of the questions, which must be one of them."""
    assert sentence in questions
    all_found = [*walls.findings(server, login=walls.APP), *walls.cell_findings(server)]
    (one,) = [each for each in all_found if each.startswith(f"{sentence} (")]
    return one


FUNCTIONS_OPEN = "functions that a workspace must not call are open"
ELEVATED = "functions with elevated rights, or foreign ones, can be called"
WRITTEN = "functions can be written"
SCHEMAS = "schemas are open to others than their own"
RIGHTS = "roles have rights of their own"
MEMBERS = "roles are members of what they must not be"
OTHERS = "others are members of a workspace's role or of ours"
ROWS = "tables of the cell show every workspace's rows"
WRITES = "a workspace may write where only the control plane and the jobs do"
DATABASE_HOLES = [
    ("GRANT TEMPORARY ON DATABASE {name} TO PUBLIC", "the database itself is open", "TEMPORARY"),
    ("GRANT CREATE ON DATABASE {name} TO {acme}", "the database itself is open", "CREATE"),
    ("GRANT USAGE ON LANGUAGE plpgsql TO simtree_tenant", WRITTEN, "simtree_tenant may use"),
    ("GRANT USAGE ON LANGUAGE sql TO PUBLIC", WRITTEN, "PUBLIC may use sql"),
    ("GRANT USAGE ON SCHEMA public TO PUBLIC", SCHEMAS, "PUBLIC has USAGE on public"),
    ("GRANT USAGE ON SCHEMA {rival} TO {acme}", SCHEMAS, "{acme} has USAGE on {rival}"),
    ("GRANT CREATE ON SCHEMA {acme} TO {acme}", SCHEMAS, "{acme} has CREATE on {acme}"),
    ("GRANT USAGE ON SCHEMA control TO simtree_jobs", SCHEMAS, "simtree_jobs has USAGE"),
    ("CREATE FUNCTION cell.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", ELEVATED, "cell.f()"),
    ("ALTER FUNCTION pg_catalog.now() SECURITY DEFINER", ELEVATED, "now()"),
    ("ALTER ROLE {acme} LOGIN", RIGHTS, "{acme}"),
    ("ALTER ROLE {acme} CREATEROLE", RIGHTS, "{acme}"),
    ("ALTER ROLE {acme} BYPASSRLS", RIGHTS, "{acme}"),
    ("ALTER ROLE simtree_jobs SUPERUSER", RIGHTS, "simtree_jobs"),
    ("ALTER TABLE {acme}.users OWNER TO {acme}", RIGHTS, "{acme}"),
    ("GRANT pg_read_server_files TO {acme}", MEMBERS, "{acme} in pg_read_server_files"),
    ("GRANT pg_execute_server_program TO simtree_app", MEMBERS, "simtree_app in pg_execute"),
    ("GRANT pg_signal_backend TO simtree_jobs", MEMBERS, "simtree_jobs in pg_signal_backend"),
    ("GRANT {rival} TO {acme}", MEMBERS, "{acme} in {rival}"),
    ("GRANT simtree_jobs TO {acme}", MEMBERS, "{acme} in simtree_jobs"),
    ("GRANT simtree_tenant TO {acme} WITH SET TRUE", MEMBERS, "{acme} in simtree_tenant"),
    ("GRANT {acme} TO simtree_app WITH INHERIT TRUE", MEMBERS, "simtree_app in {acme}"),
    ("GRANT simtree_tenant TO simtree_app", MEMBERS, "simtree_app in simtree_tenant"),
    ("GRANT {acme} TO pg_monitor", OTHERS, "pg_monitor in {acme}"),
    ("GRANT simtree_tenant TO pg_monitor", OTHERS, "pg_monitor in simtree_tenant"),
    ("ALTER TABLE cell.outbox DISABLE ROW LEVEL SECURITY", ROWS, "cell.outbox"),
    ("CREATE POLICY mine ON cell.effects USING (true)", ROWS, "mine on effects"),
    ("CREATE POLICY mine ON cell.outbox TO {acme} WITH CHECK (true)", ROWS, "mine on outbox"),
    ("CREATE VIEW cell.v AS SELECT * FROM cell.outbox; GRANT SELECT ON cell.v TO simtree_tenant",
     ROWS, "cell.v"),
    ("GRANT UPDATE ON cell.outbox TO simtree_tenant", WRITES, "UPDATE on cell.outbox"),
    ("GRANT INSERT (state) ON cell.outbox TO simtree_tenant", WRITES, "cell.outbox.state"),
    ("GRANT DELETE ON control.audit_entries TO simtree_control",
     "the control plane's history can be changed", "DELETE on control.audit_entries"),
    (("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; "
     "GRANT USAGE ON FOREIGN SERVER s TO PUBLIC"), "foreign servers can be used", "may use s"),
]  # fmt: skip
CELL_HOLES = [
    ("ALTER TABLE {acme}.users OWNER TO simtree_app",
     "tables have another owner than their schema", "{acme}.users"),
    ("GRANT SELECT ON {acme}.users TO {rival}", "tables are open to others than their workspace",
     "{rival} has SELECT on {acme}.users"),
    ("GRANT TRUNCATE ON {acme}.users TO {acme}", "tables are open to others than their workspace",
     "{acme} has TRUNCATE"),
    ("GRANT UPDATE ON SEQUENCE {acme}.row_ids TO {acme}",
     "tables are open to others than their workspace", "{acme} has UPDATE on {acme}.row_ids"),
    ("GRANT UPDATE (name) ON {acme}.users TO PUBLIC",
     "tables are open to others than their workspace", "{acme}.users.name"),
    ("GRANT UPDATE ON {acme}.entries TO {acme}", "append-only tables can be changed",
     "UPDATE on {acme}.entries"),
    (("ALTER TABLE {acme}.entries ADD CONSTRAINT k FOREIGN KEY (journal_id) REFERENCES "
     "{acme}.journals (id) ON DELETE CASCADE"), "append-only tables can be changed", "k on"),
    (("CREATE TRIGGER t BEFORE UPDATE ON {acme}.users FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()"),
     "triggers, rules, views or functions work with the owner's rights", "t on {acme}.users"),
    ("CREATE VIEW {acme}.v AS SELECT 1",
     "triggers, rules, views or functions work with the owner's rights", "{acme}.v"),
]  # fmt: skip


@pytest.mark.parametrize("hole", DATABASE_HOLES, ids=lambda hole: hole[0])
def test_a_hole_in_the_database_is_found(server, acme, rival, name, hole):
    statement, sentence, named = hole
    words = {"acme": acme.schema, "rival": rival.schema, "name": name}
    server.exec_driver_sql(statement.format(**words))
    if cluster.is_used() and statement.endswith(" LOGIN"):
        # There the coordinator logs in at a node as the workspace's role.
        assert walls.findings(server, login=walls.APP) == []
        return
    assert named.format(**words) in found(server, DATABASE, sentence)


@pytest.mark.parametrize("hole", CELL_HOLES, ids=lambda hole: hole[0])
def test_a_hole_in_a_workspace_is_found(server, acme, rival, hole):
    statement, sentence, named = hole
    words = {"acme": acme.schema, "rival": rival.schema}
    if cluster.is_used() and "TRIGGER" in statement:
        with pytest.raises(DBAPIError, match="not supported on distributed tables"):
            server.exec_driver_sql(statement.format(**words))
        return
    server.exec_driver_sql(statement.format(**words))
    assert named.format(**words) in found(server, CELL, sentence)
    with pytest.raises(Misconfigured, match="was changed"):
        walls.check_cell(server)


def test_every_closed_function_is_looked_at(server):
    signatures = server.scalars(text(walls.functions_named(walls.CLOSED_FUNCTIONS))).all()
    assert len(signatures) > 50
    for signature in signatures:
        server.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {signature} TO simtree_tenant")
    values = {"login": walls.APP, "functions": list(walls.CLOSED_FUNCTIONS)}
    open_ = server.scalars(text(DATABASE[FUNCTIONS_OPEN]), values).all()
    assert set(open_) == {f"simtree_tenant may call {signature}" for signature in signatures}
    more = f"and {len(signatures) - 5} more)"
    assert found(server, DATABASE, FUNCTIONS_OPEN).endswith(more)


def test_every_question_finds_a_hole():
    extensions = "extensions that reach other databases or files are installed"
    tried = {sentence for _, sentence, _ in [*DATABASE_HOLES, *CELL_HOLES]} | {FUNCTIONS_OPEN}
    # The embedded server has none of these extensions to install.
    assert {*DATABASE, *CELL} - tried == {extensions}


def test_a_database_whose_walls_stand_has_no_findings(server):
    assert walls.findings(server, login=walls.APP) == []
    assert walls.cell_findings(server) == []
    walls.check_cell(server)
    assert walls.findings(server, login="nobody") == ["there is no login nobody"]


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


def refused(statement: str, reason: str) -> None:
    with pytest.raises(DBAPIError, match=reason), transaction() as work:
        work.execute(text(statement))


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
