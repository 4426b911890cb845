"""Tenant revisions rolled out over thirty workspaces, with real commits and real kills."""

import threading
import time
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import event, select, text

from control.console.services import ensure_operator
from control.migrating.cli import Stopped, migrate_tenants, rollout_engines
from control.migrating.plan import Budget, RingName, make_plan
from control.migrating.report import Progress
from control.migrating.rollout import Account
from control.migrating.services import MIGRATOR, Told, begin
from control.operations.models import Operation
from control.operations.process import operate_one
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import apart, control_session, control_transaction, database, migrating
from kit.settings import get_settings
from tests import databases
from tests.control.lines import PLANE, open_line, run
from tests.crash import killed_at
from tests.factories.control import OPERATOR_EMAIL, PASSWORD
from tests.page import PageClient

pytestmark = pytest.mark.real_commits

ADD = 'op.add_column("things", sa.Column("colour", sa.Text()))'
MARK = """op.execute("INSERT INTO things VALUES ('once')")"""
INDEX = 'op.create_index("ix_things_name", "things", ["name"], postgresql_concurrently=True)'
UNIQUE = INDEX.replace('["name"],', '["name"], unique=True,')
MANY = 30


@pytest.fixture(scope="module")
def place(app, worker_id):
    """An application on a database of its own, whose cell is empty."""
    name = f"simtree_test_{worker_id}_rollouts"
    databases.clone(name)
    with psycopg.connect(databases.superuser_url(), dbname=name) as server:
        server.execute("DELETE FROM cell.workspaces")
    from wsgi import create_app

    made = create_app()
    made.test_client_class = PageClient
    yield made, name
    with made.app_context():
        engines = list(database.engines.values())
    for engine in engines:
        engine.dispose()
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    databases.use_database(f"simtree_test_{worker_id}")


@pytest.fixture
def line(place, tmp_path):
    """A line of one revision, which makes a table; workspaces are built by the test."""
    app, name = place
    with app.app_context():
        for opened in open_line(tmp_path, name):
            yield opened
            with opened.connect() as server:
                for (schema,) in server.execute("DELETE FROM cell.workspaces RETURNING workspace"):
                    server.execute(f"DROP SCHEMA {schema} CASCADE")
        database.control.remove()


def test_it_goes_ring_by_ring_with_the_pool_and_the_named_as_canaries(line):
    live = line.build(MANY)
    pool = line.build(2, state="pool")
    line.revise("0002", ADD)
    rings: dict[RingName, int] = {}

    def heard(account):
        rings[account.ring] = account.seen

    account = run(heard=heard, canaries=lambda: frozenset(live[:1]))
    assert account.done == MANY + 2
    assert rings == {RingName.CANARIES: 3, RingName.PERCENT: 4, RingName.REST: MANY + 2}
    assert set(line.stands().values()) == {"0002"}
    times = dict(line.rows("SELECT workspace, migrated_at FROM cell.workspaces"))
    first = {*pool, live[0]}
    assert max(times[one] for one in first) < min(times[one] for one in live[1:])


def spoil(line, schema) -> None:
    with line.connect() as server:
        server.execute(f"INSERT INTO {schema}.things VALUES (NULL)")


@pytest.mark.parametrize("budget", ["0", "1", "4%"])
def test_a_workspace_that_fails_is_told_and_unharmed_and_the_budget_decides(line, budget):
    schemas = line.build(MANY)
    bad = schemas[16]
    spoil(line, bad)
    body = ADD + '\nop.alter_column("things", "name", nullable=False)'
    line.revise("0002", body)
    account = run(threads=1, budget=Budget.parse(budget))
    (error,) = account.failed.values()
    assert error == '0002: column "name" of relation "things" contains null values (23502)'
    stands = line.stands()
    assert stands[bad] == "0001"
    told = line.rows(f"SELECT attempts, error FROM cell.workspaces WHERE workspace = '{bad}'")
    assert told == [(1, error)]
    columns = f"SELECT count(*) FROM pg_attribute WHERE attrelid = '{bad}.things'::regclass"
    assert line.rows(f"{columns} AND attnum > 0") == [(1,)]
    others = [stands[one] for one in schemas if one != bad]
    if Budget.parse(budget).of(MANY):
        assert not account.is_stopped
        assert set(others) == {"0002"}
    else:
        assert account.is_stopped
        assert 0 < others.count("0002") == account.done < MANY - 1
    with line.connect() as server:
        server.execute(f"DELETE FROM {bad}.things")
    assert not run().failed
    assert set(line.stands().values()) == {"0002"}
    assert line.rows("SELECT 1 FROM cell.workspaces WHERE attempts > 0 OR error <> ''") == []


def test_a_failing_canary_stops_it_whatever_the_budget(line):
    line.build(5)
    (pool,) = line.build(1, state="pool")
    spoil(line, pool)
    line.revise("0002", 'op.alter_column("things", "name", nullable=False)')
    account = run(budget=Budget(100, is_percent=True))
    assert account.is_stopped
    assert account.seen == 1


def test_what_is_only_locked_is_tried_again(line):
    schemas = line.build(4)
    line.revise("0002", ADD)
    with line.connect() as server, server.transaction():
        server.execute(f"LOCK TABLE {schemas[0]}.things IN ACCESS SHARE MODE")
        stuck = run(tries=2)
        assert list(stuck.failed.values()) == [
            "0002: canceling statement due to lock timeout (55P03)"
        ]
        assert stuck.is_stopped
        ended = []
        again = threading.Thread(target=lambda: ended.append(run(tries=8)))
        again.start()
        time.sleep(0.3)
    again.join()
    assert not ended[0].failed
    assert set(line.stands().values()) == {"0002"}


@pytest.mark.parametrize("point", ["claimed", "applied", "committed", "built"])
def test_killed_at_any_point_it_goes_on_from_there(line, point):
    schemas = line.build(MANY)
    line.revise("0002", MARK)
    line.revise("0003", INDEX)
    killed_at(f"migrate.{point}", lambda: run(threads=2))
    assert set(line.stands().values()) != {"0003"}
    assert not run().failed
    assert set(line.stands().values()) == {"0003"}
    for schema in schemas:
        assert line.rows(f"SELECT name FROM {schema}.things") == [("once",)]
    assert indexes(line) == [(True,)] * MANY


def indexes(line) -> list[tuple]:
    return line.rows(
        "SELECT indisvalid FROM pg_index WHERE indexrelid::regclass::text LIKE '%ix_things_name'"
    )


def test_two_migrators_at_once_share_the_work(line):
    schemas = line.build(MANY)
    line.revise("0002", MARK)
    line.revise("0003", INDEX)
    accounts = []
    both = [threading.Thread(target=lambda: accounts.append(run(tries=12))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [account.failed for account in accounts] == [{}, {}]
    assert set(line.stands().values()) == {"0003"}
    for schema in schemas:
        assert line.rows(f"SELECT name FROM {schema}.things") == [("once",)]


def test_an_index_is_built_outside_and_repaired_when_it_was_left_half(line):
    schemas = line.build(3)
    line.revise("0002", UNIQUE)
    with line.connect() as server:
        server.execute(f"INSERT INTO {schemas[0]}.things VALUES ('a'), ('a')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            server.execute(
                f"CREATE UNIQUE INDEX CONCURRENTLY ix_things_name ON {schemas[0]}.things (name)"
            )
    assert indexes(line) == [(False,)]
    account = run()
    assert "could not create unique index" in account.failed[schemas[0]]
    # What could not be built is not left half either.
    assert (False,) not in indexes(line)
    with line.connect() as server:
        server.execute(f"DELETE FROM {schemas[0]}.things")
        with pytest.raises(psycopg.errors.QueryCanceled):
            slow_build(server, schemas[0])
    assert (False,) in indexes(line)
    assert not run().failed
    assert indexes(line) == [(True,)] * 3
    # A new schema gets an ordinary index, in its one transaction.
    assert "CONCURRENTLY" not in migrating.revisions("tenants")[-1].sql
    with line.connect() as server, server.transaction():
        server.execute(f"CREATE SCHEMA t_new; SET search_path TO t_new; {script()}")
        assert server.execute(
            "SELECT count(*) FROM pg_indexes WHERE schemaname = 't_new'"
        ).fetchone() == (1,)
        raise psycopg.Rollback


def test_it_does_not_wait_for_what_it_has_read_itself(line, monkeypatch):
    """An index that is built concurrently waits for older snapshots of everybody, also ours."""
    monkeypatch.setattr("control.migrating.apply.OUTSIDE_LOCK_TIMEOUT", "300ms")
    line.build(2)
    line.revise("0002", INDEX)
    control_session().execute(select(Operation.id)).all()
    assert not run(tries=1).failed
    line.revise("0003", INDEX.replace("ix_things_name", "ix_things_other"))
    migrate_tenants(PLANE, say=print)
    assert set(line.stands().values()) == {"0003"}


@pytest.mark.parametrize("state", ["pending", "flushed", "locked"])
def test_it_is_no_part_of_a_transaction_that_changes_something(line, state):
    """What would be taken back to let go of it: also what stands in no list of the session."""
    line.build(1)
    line.revise("0002", INDEX)
    work = control_session()
    with ExitStack() as held:
        if state == "locked":
            held.enter_context(control_transaction())
            work.execute(select(Operation.id).with_for_update()).all()
        else:
            who = {"actor_kind": "system", "actor_id": "", "actor_name": "tests"}
            work.add(Operation(kind="tests", body={}, run_at=clock.now(), **who))
        if state == "flushed":
            work.flush()
        with pytest.raises(RuntimeError, match="no part of a transaction"):
            run()
    assert "0002" not in line.stands().values()
    if state != "locked":
        assert work.scalars(select(Operation).where(Operation.kind == "tests")).all()
    work.rollback()
    assert not run().failed
    assert set(line.stands().values()) == {"0002"}


def slow_build(server, schema) -> None:
    """Begin an index build that is cut off while it waits for an older transaction."""
    with psycopg.connect(server.info.dsn, password=databases.MIGRATOR_PASSWORD) as older:
        older.execute(f"LOCK TABLE {schema}.things IN ROW EXCLUSIVE MODE")
        server.execute("SET statement_timeout TO 200")
        try:
            server.execute(
                f"CREATE UNIQUE INDEX CONCURRENTLY ix_things_name ON {schema}.things (name)"
            )
        finally:
            server.execute("RESET statement_timeout")


def script() -> str:
    return "\n".join(step.sql for step in migrating.revisions("tenants"))


def test_what_moves_or_is_too_new_is_left_out_and_told(line, capsys):
    moving, strange, other = line.build(3)
    with line.connect() as server:
        server.execute("UPDATE cell.workspaces SET state = 'moving' WHERE workspace = %s", [moving])
        server.execute("UPDATE cell.workspaces SET revision = 'x9' WHERE workspace = %s", [strange])
    line.revise("0002", ADD)
    migrate_tenants(PLANE, say=print)
    said = capsys.readouterr().out
    assert f"{moving} is being moved and was left out." in said
    assert f"{strange} is at x9, which this release does not know: left out." in said
    assert "1 of 1 workspaces are at 0002, 0 failed." in said
    assert line.stands() == {moving: "0001", strange: "x9", other: "0002"}


def test_nothing_to_do_is_one_statement(line):
    line.build(3)
    engines = rollout_engines(1)
    sent = []
    event.listen(engines["main"], "before_cursor_execute", lambda *a: sent.append(a[2]))
    assert make_plan(engines).total == 0
    assert len(sent) == 1
    engines["main"].dispose()


def test_a_roll_out_is_in_the_audit_log_and_its_exit_code_speaks(line, place):
    app, _ = place
    schemas = line.build(MANY)
    spoil(line, schemas[3])
    line.revise("0002", 'op.alter_column("things", "name", nullable=False)')
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["tenants", "migrate", "--dry-run"])
    assert dry.exit_code == 0
    assert "ALTER TABLE things ALTER COLUMN name SET NOT NULL" in dry.output
    assert "canaries: 1 in main\n1 %: 1 in main\nthe rest: 28 in main" in dry.output
    assert set(line.stands().values()) == {"0001"}

    stopped = runner.invoke(args=["tenants", "migrate", "--threads", "1"])
    assert stopped.exit_code == 3
    assert f"{schemas[3]} failed at 0002: column" in stopped.output
    assert "More workspaces failed than the budget of 0 allows" in stopped.output
    asked, ended = entries()
    assert asked.details == {"revision": "0002", "total": MANY}
    assert ended.details["state"] == "stopped"
    assert (ended.details["failed"], ended.details["done"]) == (
        1,
        list(line.stands().values()).count("0002"),
    )

    named = runner.invoke(args=["tenants", "migrate", "--only", schemas[3]])
    assert named.exit_code == 3
    assert "attempts" not in named.output
    with line.connect() as server:
        server.execute(f"DELETE FROM {schemas[3]}.things")
    well = runner.invoke(args=["tenants", "migrate"])
    assert well.exit_code == 0, well.output
    assert set(line.stands().values()) == {"0002"}
    assert runner.invoke(args=["tenants", "migrate", "--only", "nobody"]).exit_code == 2
    assert runner.invoke(args=["tenants", "migrate", "--budget", "few"]).exit_code == 2


def entries() -> list[ControlAuditEntry]:
    control_session().rollback()
    found = (
        control_session()
        .query(ControlAuditEntry)
        .filter(ControlAuditEntry.event.like("rollout:%"))
        .order_by(ControlAuditEntry.id.desc())
        .limit(2)
        .all()
    )
    return list(reversed(found))


def test_a_cell_that_is_down_is_told_and_the_others_are_migrated(line, monkeypatch):
    line.build(2)
    line.revise("0002", ADD)
    url = get_settings().migrator_url()
    cells = f'{{"main": "{url}", "gone": "postgresql://nobody@127.0.0.1:1/none"}}'
    monkeypatch.setenv("MIGRATOR_CELLS", cells)
    get_settings.cache_clear()
    said: list[str] = []
    try:
        with pytest.raises(Stopped, match="Not every cell answered"):
            migrate_tenants(PLANE, say=said.append)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert "The cell gone does not answer; its workspaces were left out." in said
    assert set(line.stands().values()) == {"0002"}


def test_tables_that_a_revision_makes_are_granted_and_no_others(line):
    (schema,) = line.build(1)
    with line.connect() as server:
        server.execute(f"CREATE ROLE {schema}; DROP TABLE {schema}.things")
    line.revise("0002", 'op.create_table("things", sa.Column("name", sa.Text()))')
    try:
        assert not run().failed
        assert line.rows(
            f"SELECT has_table_privilege('{schema}', '{schema}.things', 'INSERT')"
        ) == [(True,)]
    finally:
        with line.connect() as server:
            server.execute(f"DROP TABLE {schema}.things; DROP ROLE {schema}")


@pytest.fixture
def console(place):
    app, _ = place
    ensure_operator(email=OPERATOR_EMAIL, password=PASSWORD)
    browser = app.test_client().at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


def test_the_console_shows_who_failed_and_has_it_tried_again(line, console):
    schemas = line.build(3)
    spoil(line, schemas[0])
    line.revise("0002", 'op.alter_column("things", "name", nullable=False)')
    with pytest.raises(Stopped, match="were not touched"):
        migrate_tenants(PLANE, say=lambda _: None)
    page = console.get("/console/updates?stand=failed").text
    assert "升级到版本 0002" in page
    assert "contains null values (23502)" in page
    assert (schemas[0] in page, schemas[1] in page) == (True, False)
    assert "0001 版" in page
    assert "超出了允许的数量" in page
    progress = console.get("/console/updates/progress?cell=main").text
    assert "delay:20s" in progress
    assert console.get("/console/updates?cell=nowhere").status_code == 404

    path = f"/console/updates/main/{schemas[0]}/retry"
    data = {"csrf_token": console.token("/console/account")}
    assert console.post(path, data=data).status_code == 303
    engines = rollout_engines(1)
    assert operate_one(PLANE, engines)
    assert newest_operation().state == "failed"
    assert line.stands()[schemas[0]] == "0001"
    assert line.rows("SELECT sum(attempts) FROM cell.workspaces") == [(2,)]
    with line.connect() as server:
        server.execute(f"DELETE FROM {schemas[0]}.things")
    console.post(path, data=data)
    assert operate_one(PLANE, engines)
    assert newest_operation().result == {"revision": "0002"}
    engines["main"].dispose()
    assert line.stands()[schemas[0]] == "0002"
    assert schemas[0] not in console.get("/console/updates?stand=failed").text
    assert console.post(path.replace(schemas[0], "t_none"), data=data).status_code == 404
    assert console.get(path).status_code == 405


def newest_operation() -> Operation:
    control_session().rollback()
    newest = select(Operation).order_by(Operation.id.desc()).limit(1)
    return control_session().scalars(newest).one()


def test_the_console_shows_a_roll_out_under_way_and_one_that_broke_off(line, console):
    line.build(3)
    line.revise("0002", ADD)
    begun = begin(make_plan_of_all(), by=MIGRATOR)
    account = Account(3, ring=RingName.REST, done=2)
    Told(begun)(account)
    page = console.get("/console/updates/progress").text
    assert "2 / 3 个企业空间 · 其余全部" in page
    assert "delay:2s" in page
    with apart(None) as control:
        control.execute(text("UPDATE rollouts SET touched_at = now() - interval '1 minute'"))
    assert "下一次升级会从这里继续" in console.get("/console/updates").text
    begin(make_plan_of_all(), by=MIGRATOR)
    with apart(None) as control:
        states = control.scalars(text("SELECT state FROM rollouts ORDER BY id DESC LIMIT 2")).all()
        control.execute(text("DELETE FROM rollouts"))
    assert states == ["running", "broken_off"]


def make_plan_of_all():
    engines = rollout_engines(1)
    plan = make_plan(engines)
    engines["main"].dispose()
    return plan


def test_a_revision_builds_indexes_alone_or_not_at_all(line):
    line.revise("0002", f"{ADD}\n{INDEX}")
    with pytest.raises(ValueError, match="0002: indexes are built concurrently"):
        migrating.revisions("tenants")


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    progress = Progress(print)
    progress(Account(40, ring=RingName.REST, done=40, failed={}))
    progress.end()
    drawn = capsys.readouterr().out
    assert f"{'█' * 30} 40/40 the rest, 0 failed" in drawn
    assert drawn.endswith("\n")
