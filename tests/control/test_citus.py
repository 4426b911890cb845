"""What can be known of a Citus cell without a cluster: its script, and how nodes are judged.

The rest is in test_cluster.py.
"""

import psycopg
import pytest

from control.backups.tools import servers
from control.cells import citus
from control.cells.citus import NodeAnswer, holes_command, judge
from control.provisioning.script import schema_script
from kit.db import make_engine
from kit.db.fencing import is_down
from kit.errors import Misconfigured
from kit.settings import get_settings
from tests.cells import environment
from tests.databases import superuser_url
from wsgi import tenant_plane

SCHEMA = "t_01h00000000000000000000000"


def answer_of(database: str) -> str:
    with psycopg.connect(superuser_url(), dbname=database) as server:
        return server.execute(holes_command()).fetchone()[0]


def test_a_schema_is_made_statement_by_statement():
    script = schema_script(tenant_plane(), schema=SCHEMA)
    made = list(citus.statements(script, schema=SCHEMA))
    assert made[0] == "SET LOCAL citus.enable_schema_based_sharding TO on"
    assert made[1].startswith(f"CREATE ROLE {SCHEMA} LOGIN NOSUPERUSER")
    assert f"CREATE SCHEMA {SCHEMA}" in made
    tables = [one for one in made if one.startswith("CREATE TABLE")]
    assert len(tables) == len(tenant_plane().metadata.tables)
    assert made.index(f"CREATE SCHEMA {SCHEMA}") < made.index(tables[0])
    assert not any(";" in one and "'" not in one for one in made)


def test_the_statements_are_the_script(db, worker_id):
    """Sent one by one to a plain server (where a role may log in, too) they make the same."""
    script = schema_script(tenant_plane(), schema=SCHEMA)
    engine = make_engine(get_settings().migrator_url(), name="test")
    with engine.connect() as connection, connection.begin() as outer:
        for statement in list(citus.statements(script, schema=SCHEMA))[1:]:
            connection.exec_driver_sql(statement)
        count = connection.exec_driver_sql(
            f"SELECT count(*) FROM pg_tables WHERE schemaname = '{SCHEMA}'"
        ).scalar()
        outer.rollback()
    engine.dispose()
    assert count == len(tenant_plane().metadata.tables)


def test_quotes_hide_semicolons():
    text = "SELECT ';'; -- a; b\nSELECT \";\", 'it''s;' - 1;\n"
    assert list(citus.split(text)) == ["SELECT ';'", "SELECT \";\", 'it''s;' - 1"]


def test_an_installed_database_has_no_hole_and_any_other_has(app, worker_id):
    assert answer_of(f"simtree_test_{worker_id}") is None
    holes = answer_of("template1").split("; ")
    assert "functions that a workspace must not call are open (PUBLIC may call" in holes[0]
    assert "functions can be written (PUBLIC may use plpgsql, PUBLIC may use sql)" in holes
    assert "schemas are open to others than their own (PUBLIC has USAGE on public)" in holes


def test_a_hole_is_named_with_the_sentence_of_the_walls(app, worker_id):
    name = f"simtree_test_{worker_id}"
    with psycopg.connect(superuser_url(), dbname=name) as server:
        server.execute("ALTER ROLE simtree_app CREATEROLE")
        server.execute("GRANT USAGE ON SCHEMA public TO simtree_tenant")
        found = server.execute(holes_command()).fetchone()[0]
        server.rollback()
    assert found == (
        "the application's login has administrative rights (simtree_app); "
        "schemas are open to others than their own (simtree_tenant has USAGE on public)"
    )


def test_every_node_is_judged():
    good, open_one = NodeAnswer(1, True, ""), NodeAnswer(2, True, "the database itself is open (x)")
    silent = NodeAnswer(3, False, "connection refused")
    assert judge("13.0-1", [good]) == []
    assert judge("11.3-1", [good]) == [
        "Citus 11.3-1 has no schema-based sharding; 12 or newer is needed."
    ]
    assert len(judge("13.0-1", [good, open_one, silent])) == 2
    assert judge("13.0-1", []) == ["The cluster has no nodes."]


def test_a_backup_of_its_servers_is_refused(db):
    settings = {"CELL_ENGINES": '{"main": "citus"}', "BACKUP_DATABASE_URL": "postgresql://nobody@x"}
    with environment(settings), pytest.raises(Misconfigured, match="main is a Citus cluster"):
        servers()


def test_a_node_that_does_not_answer_is_a_server_that_is_down():
    assert is_down(psycopg.errors.ConnectionFailure("connection to the remote node failed"))


def test_a_plain_server_is_no_cluster(db):
    engine = make_engine(get_settings().migrator_url(), name="test")
    with engine.connect() as connection, pytest.raises(Misconfigured, match="not there"):
        citus.preflight(connection)
    engine.dispose()
