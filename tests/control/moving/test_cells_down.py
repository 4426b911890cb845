"""A cell whose server is stopped: its workspaces say so, and nobody else notices."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from control.cells import queries, services
from control.migrating.cli import Stopped
from control.provisioning import process
from control.provisioning.migrate import migrate_all
from control.provisioning.process import fill_pools, upkeep
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from control.workspaces.services import measure_sizes, register_workspace
from kit import audit
from kit.db import apart, control_session, database, make_engine, transaction, workspace_scope
from kit.db import engine as engines
from kit.errors import Missing, Refused
from kit.jobs import registry
from kit.jobs.dispatcher import dispatch
from kit.jobs.outbox import enqueue
from kit.jobs.process import run_dispatcher
from kit.jobs.tables import Place
from kit.jobs.worker import work
from tenants.accounts import brand
from tests.cells import build, environment
from tests.control.moving.conftest import BY, tenant
from tests.factories.accounts import owner, signed_in
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator
from tests.page import says
from wsgi import tenant_plane

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def near(cells) -> str:
    return build(cells, "near", cell="main")


@pytest.fixture(scope="module")
def far(cells) -> str:
    return build(cells, "far", cell="west")


def browser_of(cells, schema):
    with workspace_scope(tenant(schema)):
        browser = signed_in(cells.app.test_client(), owner())
        assert browser.get("/channels/grades/").status_code == 200
        return browser


def console(cells):
    if not control_session().scalar(text("SELECT 1 FROM operators")):
        make_operator()
    browser = cells.app.test_client().at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


@pytest.fixture
def room(cells, near, far):
    """Give cells so much room beside what is in them, the others none."""

    @contextmanager
    def given(**rooms: int):
        used = queries.used()
        capacities = {
            cell: used.get(cell, 0) + rooms.get(cell, 0) for cell in ("main", "east", "west")
        }
        with environment({"CELL_CAPACITIES": json.dumps(capacities)}):
            yield

    return given


def test_new_workspaces_go_where_there_is_room(room):
    with room(east=2, main=3, west=1):
        assert services.choose_cell() == "main"
        assert services.cells_with_room() == ["main", "east", "west"]
    with room(west=1):
        assert services.choose_cell() == "west"
    with room(), pytest.raises(Refused):
        register_workspace(name="x", address="xyz", locale="en", by=audit.SYSTEM)
    assert not control_session().scalars(select(Workspace).where(Workspace.address == "xyz")).all()


def test_a_closed_cell_takes_no_new_ones(cells, room):
    browser = console(cells)
    token = {"csrf_token": browser.token("/console/cells")}
    assert browser.post("/console/cells/east/close", data=token).status_code == 303
    with room(east=2, west=1):
        assert services.choose_cell() == "west"
    page = browser.get("/console/cells")
    assert says(page, "Closed for new workspaces")
    assert browser.post("/console/cells/east/open", data=token).status_code == 303
    with room(east=2, west=1):
        assert services.choose_cell() == "east"
    assert browser.post("/console/cells/north/open", data=token).status_code == 404
    with pytest.raises(Missing):
        services.close_cell("north", by=BY)
    services.open_cell("east", by=BY)
    log = control_session().scalars(
        text("SELECT event FROM audit_entries WHERE event LIKE 'cell:%' ORDER BY id")
    )
    assert log.all() == ["cell:closed", "cell:opened"]


def test_the_console_shows_every_cell(cells, near, far):
    statuses = {one.name: one for one in queries.statuses()}
    assert [name for name, one in statuses.items() if one.is_up] == ["main", "east", "west"]
    assert {name: one.used for name, one in statuses.items() if one.used} == queries.used()
    assert statuses["main"].facts.roles == statuses["east"].facts.roles
    assert statuses["west"].facts.roles == statuses["west"].facts.live
    assert statuses["west"].facts.version.startswith("18")
    assert statuses["west"].facts.size > 1_000_000
    assert statuses["main"].room == 1_000 - statuses["main"].used
    page = console(cells).get("/console/cells")
    assert page.text.count("PostgreSQL 18") == 3


def test_a_server_that_is_full_of_roles_takes_no_more(cells, near, monkeypatch):
    monkeypatch.setattr(queries, "ROLES_LIMIT", 1)
    assert not queries.takes_more("east")


@pytest.fixture
def west_down(cells, near, far):
    """Both workspaces have been used; then the server of one stops under open connections."""
    browsers = browser_of(cells, near), browser_of(cells, far)
    west = cells.servers["west"]
    west.stop()
    yield browsers
    if not west.is_running():
        west.start()
        _wait_for(far)


def _wait_for(schema) -> float:
    began = time.monotonic()
    while True:
        try:
            if tenant(schema).condition == "ready":
                break
        except OperationalError:
            pass
        assert time.monotonic() - began < 10
        time.sleep(0.1)
    return time.monotonic() - began


def test_its_workspaces_say_so_and_the_others_do_not_notice(cells, near, far, west_down):
    here, there = west_down
    for _request in range(3):
        brand._known.clear()
        answer = there.get("/channels/grades/")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert says(answer, "The database of this workspace does not answer")
        assert here.get("/channels/grades/").status_code == 200
    directory.forget()
    began = time.monotonic()
    assert tenant(far).condition == "unreachable"
    assert time.monotonic() - began < 1
    cells.servers["west"].start()
    _wait_for(far)
    assert there.get("/channels/grades/").status_code == 200


def test_everything_carries_on_with_the_other_cells(cells, near, far, room, west_down):
    plane = tenant_plane()
    with room(west=2, east=1):
        assert services.choose_cell() == "east"
    assert measure_sizes() == sum(count for cell, count in queries.used().items() if cell != "west")
    upkeep()
    with environment({"POOL_TARGET": "1", "POOL_BATCH": "1"}):
        assert fill_pools(plane, cells.engines)
    said: list[str] = []
    with pytest.raises(Stopped, match="Not every cell answered"):
        migrate_all(plane, say=said.append)
    assert said[0] == "cell west: no answer"
    browser = console(cells)
    assert says(browser.get("/console/cells"), "No answer")
    assert browser.get("/console/work").status_code == 200
    with apart("main") as own:
        own.execute(
            text("""
                INSERT INTO outbox (workspace, id, kind, body, run_at)
                VALUES (:near, gen_random_uuid(), 'cell_tests.none', '{}', now())
            """),
            {"near": near},
        )
    rounds = iter([False, True])
    run_dispatcher(cells.app, stopped=lambda: next(rounds))
    with apart("main") as own:
        assert own.scalar(text("SELECT state FROM outbox WHERE kind = 'cell_tests.none'")) == "sent"
    with pytest.raises(OperationalError):
        dispatch(Place("west"))
    # A job that was already in a queue: nothing can be written, and nothing fails.
    directory.forget()
    work("west", far, "00000000-0000-0000-0000-000000000000")
    assert process.provision_one(plane, cells.engines) is False


def test_a_silent_host_costs_one_wait(cells, monkeypatch):
    """One that takes connections and says nothing: the worst kind of being down."""
    monkeypatch.setattr(engines, "CONNECT_TIMEOUT", 2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        engine = make_engine(f"postgresql://x:y@127.0.0.1:{port}/z", name="mute")
        waits: list[float] = []

        def look() -> None:
            began = time.monotonic()
            with pytest.raises(OperationalError):
                engine.connect()
            waits.append(time.monotonic() - began)

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(waits) < 3
        for _again in range(20):
            look()
        assert max(waits[-20:]) < 0.2
        engine.dispose()


def test_workspaces_go_on_while_control_is_down(cells, near, far):
    """Control and near share the server that is stopped; far's is another."""
    there = browser_of(cells, far)
    with workspace_scope(tenant(far)), transaction():
        job = enqueue(registry.Job("cell_tests.none", print))
    assert there.get("/channels/grades/").status_code == 200
    assert directory.by_schema(far)
    control = cells.servers["main"]
    # This test's own session would be cut off with its server.
    database.control.remove()
    control.stop()
    try:
        for known in directory._known.values():
            known.at -= 60
        # Its page opens, noting its activity in control is left out, and its work is sent and done.
        assert there.get("/channels/grades/").status_code == 200
        rounds = iter([False, True])
        run_dispatcher(cells.app, stopped=lambda: next(rounds))
        work("west", far, job)
        with apart("west") as own:
            row = own.execute(
                text("SELECT state, error FROM outbox WHERE id = cast(:id AS uuid)"), {"id": job}
            ).one()
        assert row.error == "this release knows no job cell_tests.none"
    finally:
        control.start()
        _wait_for(near)
