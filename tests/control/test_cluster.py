"""What only a cluster of several servers can show; `tests/cluster.py` says how to run it."""

import json
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, select, text

from control.archives.drill import drill
from control.archives.operations import ask_clone
from control.cells import citus
from control.cells.queries import statuses
from control.closing import services as closing
from control.migrating.plan import make_plan
from control.migrating.rollout import roll_out
from control.migrating.services import usual_policy
from control.moving import services as moving
from control.operations.models import Operation, OperationState
from control.operations.process import operate_one
from control.plane import Owner
from control.provisioning import pool
from control.provisioning import services as provisioning
from control.provisioning.migrate import migrate_all
from control.provisioning.process import migrator_engines, provision_one
from control.provisioning.script import make_schema
from control.workspaces import services as workspaces
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from infra.install_cluster import join
from infra.install_database import close_holes
from infra.local.servers import EmbeddedPostgres
from kit import audit, clock, jobs
from kit.db import (
    control_session,
    control_transaction,
    database,
    make_engine,
    migrating,
    session,
    transaction,
    walls,
    workspace_scope,
)
from kit.db.migrating import differences
from kit.errors import Misconfigured, Refused
from kit.i18n import speaking
from kit.jobs.runner import JobRun
from kit.jobs.tables import Place
from tenants.bulk.jobs import purge_rows
from tests import cluster, databases
from tests.cells import Cells, build, environment
from tests.control.moving.conftest import prints, tenant, traces, workspace
from tests.factories.channels import make_channel
from tests.factories.world import make_world
from wsgi import create_app, tenant_plane

pytestmark = [
    pytest.mark.real_commits,
    pytest.mark.skipif(
        not cluster.is_used(),
        reason="needs a Citus cluster, named by CITUS_SUPERUSER_URL: see tests/cluster.py",
    ),
]


@contextmanager
def node(number: int) -> Iterator[psycopg.Connection]:
    """A superuser at one server of the cluster, who sees shards and sends nothing on."""
    with psycopg.connect(
        cluster.urls()[number], dbname=cluster.DATABASE, autocommit=True
    ) as server:
        server.execute("SET citus.enable_ddl_propagation TO off")
        server.execute("SET citus.override_table_visibility TO off")
        yield server


def everywhere(question: str, **values: str) -> list[list[tuple]]:
    """What each server answers, the coordinator first."""
    found = []
    for number in range(len(cluster.urls())):
        with node(number) as server:
            found.append(server.execute(question, values).fetchall())
    return found


@pytest.fixture
def engines(committed_app) -> Iterator[dict[str, Engine]]:
    made = migrator_engines()
    yield made
    for engine in made.values():
        engine.dispose()


@pytest.fixture
def hill(committed_app, engines) -> str:
    """A workspace of the test's own, with something in nearly every table."""
    cells = Cells({}, committed_app, engines)
    schema = build(cells, "hill")
    directory.forget()
    with workspace_scope(directory.by_schema(schema)):
        make_world()
    return schema


def operate(engines) -> Operation:
    assert operate_one(tenant_plane(), engines)
    control_session().expire_all()
    return control_session().scalars(select(Operation).order_by(Operation.id.desc()).limit(1)).one()


SHARDS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relkind = 'r' AND c.relname ~ '_[0-9]+$'
"""
TRACES = """
    SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s
    UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspname = %(schema)s
    UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname = %(schema)s
    UNION ALL SELECT 'partition' FROM pg_dist_partition p
        LEFT JOIN pg_class c ON c.oid = p.logicalrelid WHERE c.oid IS NULL
    UNION ALL SELECT 'schema' FROM pg_dist_schema s
        LEFT JOIN pg_namespace n ON n.oid = s.schemaid WHERE n.oid IS NULL
"""


def test_a_workspace_lies_whole_on_one_node_behind_its_role_on_each(hill):
    tables = len(tenant_plane().metadata.tables)
    shards = [len(found) for found in everywhere(SHARDS, schema=hill)]
    assert shards[0] == 0
    assert max(shards) == sum(shards) == tables
    roles = everywhere(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles"
        " WHERE rolname = %(schema)s",
        schema=hill,
    )
    assert all(found == [(True, False, False, False)] for found in roles)
    members = everywhere(
        "SELECT roleid::regrole::text, set_option, admin_option FROM pg_auth_members"
        " WHERE member::regrole::text = %(schema)s",
        schema=hill,
    )
    assert all(found == [("simtree_tenant", False, False)] for found in members)
    rights = everywhere(
        "SELECT DISTINCT left(c.relname, 13), acl.privilege_type FROM pg_class c"
        " CROSS JOIN LATERAL aclexplode(c.relacl) acl"
        " WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relname ~ '^audit_entries'"
        " AND c.relkind = 'r' AND acl.grantee::regrole::text = %(schema)s ORDER BY 1, 2",
        schema=hill,
    )
    assert all(
        found == [("audit_entries", "INSERT"), ("audit_entries", "SELECT")] for found in rights
    )


def test_the_walls_stand_on_every_node(hill, engines):
    with engines["main"].connect() as connection:
        citus.preflight(connection)
    for url in cluster.urls():
        whole = psycopg.conninfo.conninfo_to_dict(url)
        address = f"postgresql://{whole['user']}@{whole['host']}:{whole['port']}"
        engine = make_engine(f"{address}/{cluster.DATABASE}", name="test")
        with engine.connect() as connection:
            walls.check_cell(connection)
        engine.dispose()


HOLES = [
    ("GRANT EXECUTE ON FUNCTION set_config TO PUBLIC", "set_config", 2),
    ("GRANT TEMPORARY ON DATABASE simtree_citus TO PUBLIC", "PUBLIC has TEMPORARY", 1),
    ("GRANT USAGE ON LANGUAGE plpgsql TO simtree_tenant", "simtree_tenant may use plpgsql", 2),
    ("GRANT EXECUTE ON FUNCTION master_run_on_worker TO PUBLIC", "master_run_on_worker", 1),
    ("ALTER ROLE simtree_app CREATEROLE", "administrative rights (simtree_app)", 2),
]


@pytest.mark.parametrize(("hole", "named", "where"), HOLES, ids=lambda value: str(value)[:40])
def test_a_hole_in_one_node_stops_the_migration(engines, hole, named, where):
    with node(where) as server:
        server.execute(hole)
        number = server.execute(
            "SELECT nodeid FROM pg_dist_node WHERE groupid ="
            " (SELECT groupid FROM pg_dist_local_group)"
        ).fetchone()[0]
        with engines["main"].connect() as connection:
            with pytest.raises(Misconfigured) as refused:
                citus.preflight(connection)
            assert f"Node {number} was not installed" in str(refused.value)
            assert named in str(refused.value)
            server.execute("ALTER ROLE simtree_app NOCREATEROLE")
            server.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM simtree_tenant")
            close_holes(cluster.urls()[where], database=cluster.DATABASE)
            citus.preflight(connection)


def test_installing_and_joining_again_changes_nothing(committed_app):
    before = everywhere("SELECT nodename, nodeport, shouldhaveshards FROM pg_dist_node ORDER BY 2")
    join(cluster.urls(), database=cluster.DATABASE)
    after = everywhere("SELECT nodename, nodeport, shouldhaveshards FROM pg_dist_node ORDER BY 2")
    assert after == before


TOUCH = text("UPDATE users SET version = version + 1")


def test_work_that_is_enqueued_commits_with_the_rows_it_is_about(committed_app):
    prepared = text("SELECT count(*) FROM pg_dist_transaction")
    made = []

    def phases(*, with_work: bool) -> int:
        with transaction() as work:
            before = work.scalar(prepared)
            work.execute(TOUCH)
            if with_work:
                made.append(jobs.enqueue(purge_rows))
        return session().scalar(prepared) - before

    with workspace_scope(directory.by_address("acme")):
        assert phases(with_work=False) == 0
        assert phases(with_work=True) == 1
        run = JobRun(Place("main"), directory.by_address("acme"), uuid.UUID(made[0]))
        before = session().scalar(prepared)
        assert run.once("step", lambda: session().execute(TOUCH))
        assert session().scalar(prepared) == before + 1


STEP = '''"""A step of the test's own."""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{down}"


def upgrade() -> None:
    {body}
'''
STEPS = (
    """op.add_column("orders", sa.Column("colour", sa.Text(), server_default="red; or blue"))
    op.create_table(
        "colours",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_colours"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_colours_order_id_orders"),
    )
    op.create_index("ix_colours_order_id", "colours", ["order_id"])
    op.execute("ALTER TABLE orders ADD CONSTRAINT ck_orders_colour CHECK (colour <> '') NOT VALID")
    op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_colour")
    op.execute("UPDATE orders SET colour = 'green'")
    op.alter_column("orders", "colour", nullable=False)""",
    """op.create_index(
        "ix_orders_colour", "orders", ["colour"], postgresql_concurrently=True
    )""",
)


@pytest.fixture
def revise(tmp_path) -> Iterator[Callable[[int], None]]:
    """Follow our revisions and so many more of the tenants' line."""
    real = migrating.ROOT
    for name in ("control", "cell"):
        (tmp_path / name).symlink_to(real / name)
    (tmp_path / "tenants").mkdir()
    for path in (real / "tenants").glob("*.py"):
        (tmp_path / "tenants" / path.name).symlink_to(path)
    number = int(migrating.head("tenants"))

    def write(step: int) -> None:
        body = STEPS[step]
        written = STEP.format(
            number=f"{number + step + 1:04}", down=f"{number + step:04}", body=body
        )
        (tmp_path / "tenants" / f"{number + step + 1:04}_step.py").write_text(written)
        migrating.served.cache_clear()

    migrating.ROOT = tmp_path
    yield lambda count: [write(step) for step in range(count)]
    migrating.ROOT = real
    migrating.served.cache_clear()


def test_the_tenants_line_goes_through(committed_app, engines, hill, revise):
    revise(2)
    # On a coordinator an idle transaction keeps its snapshot, and an index would wait for it.
    control_session().rollback()
    account = roll_out(
        make_plan(engines, only=frozenset({hill})), tenant_plane(), engines, policy=usual_policy()
    )
    assert account.done == 1, account
    with engines["main"].connect() as connection:
        row = connection.execute(
            text("SELECT revision, error FROM cell.workspaces WHERE workspace = :s"), {"s": hill}
        ).one()
        assert row == (migrating.head("tenants"), None)
        assert connection.scalar(text(f"SELECT count(*) FROM {hill}.orders WHERE colour = 'green'"))
    indexes = everywhere(
        "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relname ~ '^ix_orders_colour_'",
        schema=hill,
    )
    assert sorted(indexes) == [[], [], [(True,)]]


def test_workspaces_are_migrated_together(committed_app, engines, revise):
    with environment({"POOL_TARGET": "3", "POOL_BATCH": "3"}):
        assert pool.refill(tenant_plane(), engines["main"]) == 3
    revise(1)
    control_session().rollback()
    behind = pool.stale(engines["main"])
    account = roll_out(
        make_plan(engines, only=behind), tenant_plane(), engines, policy=usual_policy()
    )
    assert (account.done, account.failed) == (3, {})
    for schema in behind:
        colours = everywhere(
            "SELECT count(*)::int FROM pg_class WHERE relname ~ '^colours_[0-9]+$'"
            " AND relnamespace = to_regnamespace(%(schema)s)",
            schema=schema,
        )
        assert sorted(colours) == [[(0,)], [(0,)], [(1,)]]


def test_a_build_killed_between_its_two_transactions_goes_on(committed_app, engines):
    with control_transaction():
        made = workspaces.register_workspace(
            name="Half", address="half", locale="zh_Hans_CN", by=audit.SYSTEM
        )
        provisioning.queue_build(
            made, owner=Owner("王小树", "half_owner", "o@example.com", "13800138000", "x", "en")
        )
        schema = made.schema
    with engines["main"].connect() as connection, connection.begin():
        make_schema(connection, tenant_plane(), schema=schema, cell="main")
    assert provision_one(tenant_plane(), engines)
    directory.forget()
    with workspace_scope(directory.by_address("half")):
        assert session().scalar(text("SELECT count(*) FROM users")) == 1


def test_the_pool_is_filled_and_claimed(committed_app, engines):
    with environment({"POOL_TARGET": "3", "POOL_BATCH": "3"}):
        assert pool.refill(tenant_plane(), engines["main"]) == 3
    place = pool.claim("somebody", cells=["main"])
    assert place is not None
    assert pool.ready(engines["main"]) == 2
    with engines["main"].connect() as connection:
        assert differences_in(connection, place.schema) == []


def differences_in(connection, schema: str) -> list:
    connection.execute(text(f"SET search_path TO {schema}, pg_temp"))
    connection.dialect.default_schema_name = schema
    return differences(connection, tenant_plane().metadata, None)


def test_a_workspace_that_is_deleted_leaves_nothing_on_any_node(committed_app, engines, hill):
    found = control_session().scalars(select(Workspace).where(Workspace.schema == hill)).one()
    workspaces.ask_closing(found, reason="停业", by=audit.SYSTEM)
    control_session().expire_all()
    with control_transaction():
        found.closes_at = clock.now()
    assert closing.delete_due() == 1
    assert all(everywhere(TRACES, schema=hill))
    done = operate(engines)
    assert done.state == OperationState.DONE, done.error
    assert everywhere(TRACES, schema=hill) == [[], [], []]
    with engines["main"].connect() as connection:
        assert not connection.scalar(
            text("SELECT count(*) FROM cell.outbox WHERE workspace = :s"), {"s": hill}
        )


def test_what_a_workspace_takes_is_measured_where_it_lies(committed_app, engines, hill):
    assert workspaces.measure_sizes() == 3
    control_session().expire_all()
    found = control_session().scalars(select(Workspace).where(Workspace.schema == hill)).one()
    with engines["main"].connect() as connection:
        empty = connection.scalar(
            text("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c"
                 " WHERE c.relnamespace = to_regnamespace(:s) AND c.relkind = 'r'"), {"s": hill}
        )  # fmt: skip
    assert found.size_bytes > empty > 100_000


def test_an_archive_of_it_is_restored_beside_it(committed_app, engines, hill):
    found = control_session().scalars(select(Workspace).where(Workspace.schema == hill)).one()
    report = drill(found, tenant_plane(), engines["main"])
    assert report.differences == []
    assert len(everywhere("SELECT nspname FROM pg_namespace WHERE left(nspname, 2) = 't_'")[1]) == 3
    ask_clone(found, address="hill-sandbox", by=audit.SYSTEM)
    done = operate(engines)
    assert (done.state, done.error) == (OperationState.DONE, None)
    directory.forget()
    with workspace_scope(directory.by_address("hill-sandbox")):
        # Its numbers go on where those of the archive stop.
        make_channel()
        assert session().scalar(text("SELECT count(*) FROM orders")) > 0


@contextmanager
def started(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder / "plain", fast=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def cells(worker_id, app, data_dir) -> Iterator[Cells]:
    """The cluster, and a plain cell on a server of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="simtree-cells-") as folder,
        started(Path(folder)) as plain,
    ):
        databases.clone("")
        databases.install_at(plain.url, "simtree")
        both = {
            login: {
                "main": databases.url_for(cluster.DATABASE, login=login, password=password),
                "plain": plain.host_url(login, password, "simtree"),
            }
            for login, password in (
                ("simtree_app", databases.APP_PASSWORD),
                ("simtree_migrator", databases.MIGRATOR_PASSWORD),
            )
        }
        with environment(
            {
                "CELLS": json.dumps(both["simtree_app"]),
                "MIGRATOR_CELLS": json.dumps(both["simtree_migrator"]),
            }
        ):
            migrate_all(tenant_plane(), say=lambda _: None)
            made = create_app()
            engines = migrator_engines()
            directory.forget()
            with made.app_context(), speaking("en"):
                yield Cells({}, made, engines)
                database.control.remove()
                for engine in (*database.engines.values(), *engines.values()):
                    engine.dispose()
        directory.forget()
        databases.drop("")


def test_a_workspace_moves_into_the_cluster_and_out_again(cells):
    schema = build(cells, "wander", cell="plain")
    directory.forget()
    with workspace_scope(directory.by_schema(schema)):
        make_world()
    before = prints(cells, "plain", schema)
    assert sum(one.rows for one in before.values()) > 80
    with pytest.raises(Refused, match="move by copy"):
        moving.ask_move(workspace(schema), target="main", method="replication", by=audit.SYSTEM)
    for source, target in (("plain", "main"), ("main", "plain"), ("plain", "main")):
        moving.ask_move(workspace(schema), target=target, method="copy", by=audit.SYSTEM)
        done = operate(cells.engines)
        assert (done.state, done.error) == (OperationState.DONE, None)
        assert prints(cells, target, schema) == before
        assert traces(cells, source, schema) == []
        with workspace_scope(tenant(schema)):
            make_channel()
        before = prints(cells, target, schema)
        with cells.engines[target].connect() as connection:
            assert walls.cell_findings(connection) == []
            walls.check(connection, login=walls.APP)
    tables = len(tenant_plane().metadata.tables)
    assert sum(len(found) for found in everywhere(SHARDS, schema=schema)) == tables


def test_a_cell_of_this_engine_tells_how_it_stands(committed_app):
    (status,) = statuses()
    assert (status.engine, status.is_up) == ("citus", True)
    assert status.facts.live >= 2
