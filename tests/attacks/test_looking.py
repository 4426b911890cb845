"""What one workspace can see of the others in the catalogs, which every role may read."""

import psycopg
import pytest

from tests import databases
from tests.attacks.catalogue import attempt

LOOKING = "looking around"


@pytest.fixture
def other(worker_id):
    """Another connection of the application, in the middle of something."""
    url = databases.url_for(
        databases.name_of(worker_id), login="simtree_app", password=databases.APP_PASSWORD
    )
    with psycopg.connect(url, application_name="simtree other") as connection:
        connection.execute("SELECT 'a secret of rival'")
        yield connection


@attempt("names", LOOKING, "customers' names in catalogs", stopped_by="opaque ids are all there is")
def test_names_in_catalogs_are_opaque(raw):
    seen = raw.execute("""
        SELECT nspname FROM pg_namespace UNION SELECT rolname FROM pg_roles
        UNION SELECT relname FROM pg_class UNION SELECT description FROM pg_description
        UNION SELECT description FROM pg_shdescription
        UNION SELECT application_name FROM pg_stat_activity
    """).fetchall()
    words = [row[0].casefold() for row in seen if row[0]]
    assert len(words) > 500
    assert not [word for word in words if "acme" in word or "rival" in word or "通信" in word]
    schemas = raw.execute("SELECT nspname FROM pg_namespace WHERE left(nspname, 2) = 't_'")
    assert all(len(name) == 28 and name.isalnum() for (name,) in _bare(schemas.fetchall()))


def _bare(rows):
    return [(row[0].replace("t_", "tx", 1),) for row in rows]


@attempt(
    "activity", LOOKING, "statements of other connections", stopped_by="server: not one's own role"
)
@pytest.mark.parametrize(
    "source", ["pg_stat_activity", "pg_stat_get_activity(NULL) AS a(datid, pid)"]
)
def test_statements_of_others_are_hidden(raw, other, source):
    pid = other.info.backend_pid
    row = raw.execute(f"SELECT query FROM {source} WHERE pid = {pid}").fetchone()
    assert row == ("<insufficient privilege>",)
    text = raw.execute(f"SELECT to_jsonb(a)::text FROM pg_stat_activity a WHERE pid = {pid}")
    assert "secret" not in text.fetchone()[0]


@attempt("samples", LOOKING, "values sampled by ANALYZE", stopped_by="server: needs SELECT on them")
def test_samples_of_others_are_hidden(raw, observer, names):
    observer.execute(f"ANALYZE {names['rival']}.users, {names['acme']}.users")
    query = "SELECT DISTINCT schemaname FROM pg_stats WHERE schemaname LIKE 't\\_%'"
    assert raw.execute(query).fetchall() == [(names["acme"],)]
    assert raw.execute("SELECT count(*) FROM pg_stats_ext").fetchone() == (0,)


@attempt(
    "counts",
    LOOKING,
    "how many rows another's tables have",
    stopped_by="nothing: whose they are is not to be seen",
)
def test_how_many_rows_there_are_can_be_seen(raw, observer, names):
    """The truth, named in decision 3: the counts of a schema whose owner nobody can tell."""
    query = f"SELECT reltuples FROM pg_class WHERE oid = (SELECT c.oid FROM pg_class c JOIN \
        pg_namespace n ON n.oid = c.relnamespace WHERE relname = 'users' AND nspname = \
        '{names['rival']}')"
    observer.execute(f"ANALYZE {names['rival']}.users")
    assert raw.execute(query).fetchone() == (1,)


@attempt("cell-rows", LOOKING, "the cell's list of workspaces", stopped_by="server: row security")
def test_the_list_of_workspaces_has_one_row(raw, names):
    assert raw.execute("SELECT workspace FROM cell.workspaces").fetchall() == [(names["acme"],)]


@attempt("work-rows", LOOKING, "what others have to do", stopped_by="server: row security")
def test_the_work_of_others_cannot_be_seen(raw, observer, names, nothing_changes):
    row = (names["rival"],)
    observer.execute(
        "INSERT INTO cell.outbox (workspace, id, kind, body, run_at) "
        "VALUES (%s, gen_random_uuid(), 'x', '{}', 'infinity')",
        row,
    )
    try:
        assert raw.execute("SELECT count(*) FROM cell.outbox").fetchone() == (0,)
        assert raw.execute("SELECT count(*) FROM cell.effects").fetchone() == (0,)
    finally:
        observer.execute("DELETE FROM cell.outbox WHERE workspace = %s AND kind = 'x'", row)


@attempt(
    "signals",
    LOOKING,
    "ending another's connection, as a workspace or as the login itself",
    stopped_by="server: permission denied for function",
)
@pytest.mark.parametrize("function", ["pg_terminate_backend", "pg_cancel_backend"])
@pytest.mark.parametrize("as_login", [False, True])
def test_nobody_ends_anothers_connection(raw, other, function, as_login):
    if as_login:
        raw.execute("SET ROLE NONE")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"for function {function}"):
        raw.execute(f"SELECT {function}({other.info.backend_pid})")
    assert other.execute("SELECT 1").fetchone() == (1,)


@attempt(
    "group-role",
    "becoming somebody else",
    "SET ROLE to the group that all workspaces are in",
    stopped_by="server: a member without SET",
)
def test_a_workspace_is_in_the_group_but_cannot_become_it(observer, names):
    options = observer.execute(
        "SELECT DISTINCT inherit_option, set_option, admin_option FROM pg_auth_members "
        "WHERE roleid = 'simtree_tenant'::regrole AND member::regrole::text = ANY(%s)",
        [list(names.values())],
    ).fetchall()
    assert options == [(True, False, False)]


@attempt(
    "definers",
    "functions with more rights",
    "a function that runs with its owner's rights",
    stopped_by="there is none",
)
def test_no_function_runs_with_its_owners_rights(raw):
    assert raw.execute("SELECT oid::regprocedure FROM pg_proc WHERE prosecdef").fetchall() == []
