"""What people see while the workspaces are being rolled out to a new revision."""

from functools import wraps

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import NotSupportedError

from control.workspaces.directory import directory
from kit.db import database, migrating, session, transaction, workspace_scope
from kit.settings import get_settings

pytestmark = pytest.mark.real_commits
READ = text("SELECT * FROM things")


@pytest.fixture
def served(module_app):
    """The application, whose workspaces and connections nobody has touched yet."""
    yield module_app
    acme = directory.by_address("acme")
    migrate(
        f"DROP TABLE IF EXISTS {acme.schema}.things",
        f"UPDATE cell.workspaces SET revision = '{migrating.head('tenants')}'",
    )
    database.control.remove()
    for engine in database.engines.values():
        engine.dispose()
    directory.forget()


@pytest.fixture
def tenant(served):
    """The workspace acme, with a table that the migrator may change under it."""
    found = directory.by_address("acme")
    migrate(
        f"CREATE TABLE {found.schema}.things (colour integer)",
        f"INSERT INTO {found.schema}.things VALUES (7)",
        f"GRANT SELECT, INSERT ON {found.schema}.things TO {found.schema}",
    )
    return found


def migrate(*statements: str) -> None:
    with psycopg.connect(get_settings().migrator_url(), autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def prepare(tenant) -> None:
    """Read until the pooled connection has the statement prepared."""
    with workspace_scope(tenant):
        for _ in range(7):
            assert session().execute(READ).one() == (7,)
            # A rollback would have the driver forget.
            session().commit()
        names = session().scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        session().commit()
        assert "SELECT * FROM things" in names


def alter(tenant) -> None:
    migrate(f"ALTER TABLE {tenant.schema}.things ALTER COLUMN colour TYPE text")


def test_the_first_statement_of_a_transaction_is_run_again(tenant):
    prepare(tenant)
    alter(tenant)
    with workspace_scope(tenant):
        with transaction() as work:
            assert work.execute(READ).one() == ("7",)
            work.execute(text("INSERT INTO things VALUES ('8')"))
            # It runs under the same role, schema and limits as before.
            assert work.scalar(text("SELECT current_user")) == tenant.schema
            assert work.scalar(text("SHOW statement_timeout")) == "30s"
        assert len(session().execute(READ).all()) == 2


def test_a_later_statement_is_not_and_the_whole_pool_forgets(tenant):
    prepare(tenant)
    alter(tenant)
    with workspace_scope(tenant):
        session().execute(text("SELECT 1"))
        with pytest.raises(NotSupportedError, match="cached plan"):
            session().execute(READ)
        session().rollback()
        with transaction() as work:
            work.execute(text("SELECT 1"))
            assert work.execute(READ).one() == ("7",)


@pytest.fixture
def page(served, monkeypatch):
    """The log-in page, doing work of the test's; returns what it did."""
    did: list[str] = []
    usual = served.view_functions["accounts.login"]

    def install(work):
        @wraps(usual)
        def view(**_):
            did.append("begun")
            return str(work())

        monkeypatch.setitem(served.view_functions, "accounts.login", view)
        return did

    return install


def read_late():
    session().execute(text("SELECT 1"))
    return session().execute(READ).one()


def test_a_page_that_reads_is_asked_for_once_more(tenant, page, served):
    prepare(tenant)
    alter(tenant)
    did = page(read_late)
    visitor = served.test_client().at(tenant)
    answer = raw(visitor, "GET")
    assert (answer.status_code, answer.text) == (200, "('7',)")
    assert len(did) == 2


def raw(visitor, method):
    visitor.inspect = False
    return visitor.open("/login", method=method)


def test_what_writes_is_told(tenant, page, served, monkeypatch):
    monkeypatch.setitem(served.config, "WTF_CSRF_ENABLED", False)
    prepare(tenant)
    alter(tenant)
    did = page(read_late)
    answer = raw(served.test_client().at(tenant), "POST")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert len(did) == 1


@pytest.mark.parametrize(
    ("which", "status"), [("head", 200), ("oldest", 200), ("older", 503), ("unknown", 503)]
)
def test_what_this_release_serves_is_served_and_no_further(served, which, status):
    acme = directory.by_address("acme")
    ids = [revision.id for revision in migrating.revisions("tenants")]
    # One revision back, or as far as the newest one says.
    oldest = min(ids.index(one) for one in migrating.served())
    assert oldest > 0
    stands = {"head": ids[-1], "oldest": ids[oldest], "older": ids[oldest - 1]}
    stand = stands.get(which, "9999")
    migrate(f"UPDATE cell.workspaces SET revision = '{stand}' WHERE workspace = '{acme.schema}'")
    directory.forget()
    answer = served.test_client().at(acme).get("/login")
    assert answer.status_code == status
    if status == 503:
        assert "正在升级，马上回来" in answer.text
        assert answer.headers["Retry-After"] == "5"


def test_what_a_workspace_does_not_have_yet_is_being_updated(tenant, page, served, monkeypatch):
    page(lambda: session().execute(text("SELECT * FROM only_in_the_next_revision")))
    visitor = served.test_client().at(tenant)
    monkeypatch.setitem(served.config, "PROPAGATE_EXCEPTIONS", False)
    assert raw(visitor, "GET").status_code == 500
    previous = migrating.revisions("tenants")[-2].id
    migrate(
        f"UPDATE cell.workspaces SET revision = '{previous}' WHERE workspace = '{tenant.schema}'"
    )
    assert raw(visitor, "GET").status_code == 503
