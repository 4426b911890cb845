"""What watchers are told: the truth to us, next to nothing to strangers."""

import json
import time
from collections.abc import Mapping

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from werkzeug.test import Client

from control.health import checks
from control.health.checks import Check, HealthChecker, State
from control.workspaces.directory import directory
from kit.db import database
from kit.settings import get_settings
from tests import databases

NOBODY = "postgresql://simtree_app:x@127.0.0.1:1/simtree"
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
TOKEN = "a-token-of-the-watchers"


@pytest.fixture
def ask(app, monkeypatch):
    """Ask an application with other settings; returns the status and the JSON."""
    made = []

    def asked(path="/readyz", *, environ=None, headers=None, host="127.0.0.1", **settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        from wsgi import create_app

        mine = create_app() if settings else app
        made.append(mine)
        # Machines get no page to be inspected.
        response = Client(mine, mine.response_class).get(
            path,
            base_url=f"http://{host}",
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"} | (environ or {}),
            headers=headers or {},
        )
        return response, response.get_json()

    # Another test's answer is good for two seconds.
    app.extensions["simtree_health"] = HealthChecker(app)
    yield asked
    monkeypatch.undo()
    get_settings.cache_clear()
    for one in made:
        if one is not app:
            with one.app_context():
                for engine in database.engines.values():
                    engine.dispose()


@pytest.fixture
def superuser(worker_id):
    """Send statements to the tests' database as its superuser."""
    url = make_url(databases.superuser_url()).set(database=f"simtree_test_{worker_id}")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def send(statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    yield send
    engine.dispose()


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3:8000", "acme.simtree.test", "x.example"])
def test_alive_on_any_host(ask, host):
    response, body = ask("/healthz", host=host)
    assert (response.status_code, body) == (200, {"status": "alive"})
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_ready_with_everything_that_it_leans_on(ask):
    response, body = ask()
    assert (response.status_code, body["status"]) == (200, "ready")
    assert set(body["checks"]) == {"control", "cell main", "redis", "disk", "files", "backup"}
    cell = body["checks"]["cell main"]
    assert (cell["workspaces"], cell["behind"], cell["not_served"]) == (2, 0, 0)
    assert cell["latency_ms"] >= 0
    assert not body["checks"]["control"]["migrations_pending"]


@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        (STRANGER, {}),
        ({}, {"X-Forwarded-For": "203.0.113.9"}),
        ({}, {"Forwarded": "for=203.0.113.9"}),
        (STRANGER, {"Authorization": "Bearer guessed"}),
        (STRANGER, {"Authorization": "Bearer "}),
    ],
)
def test_strangers_get_a_word(ask, environ, headers):
    response, body = ask(environ=environ, headers=headers)
    assert (response.status_code, body) == (200, {"status": "ready"})


def test_the_token_opens_the_details(ask):
    brought = {"Authorization": f"Bearer {TOKEN}"}
    _response, body = ask(environ=STRANGER, headers=brought, HEALTH_TOKEN=TOKEN)
    assert "control" in body["checks"]
    _response, body = ask(environ={}, headers={"Authorization": "Bearer no"}, HEALTH_TOKEN=TOKEN)
    assert "checks" not in body


def test_a_cell_that_is_down_is_only_its_own_trouble(ask):
    alive = get_settings().database_url.get_secret_value()
    cells = json.dumps({"main": alive, "away": NOBODY})
    response, body = ask(CELLS=cells)
    assert (response.status_code, body["status"]) == (200, "degraded")
    assert body["checks"]["cell away"] == {"state": "failed", "error": "OperationalError"}
    assert body["checks"]["cell main"]["state"] == "ok"


def test_without_any_cell_nobody_is_served(ask):
    response, body = ask(environ=STRANGER, CELLS=json.dumps({"away": NOBODY}))
    assert (response.status_code, body) == (503, {"status": "unavailable"})
    assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("age", "status", "word"), [(300, 200, "degraded"), (601, 503, "unavailable")]
)
def test_without_control_it_goes_on_for_ten_minutes(ask, monkeypatch, age, status, word):
    alive = get_settings().database_url.get_secret_value()
    monkeypatch.setattr(directory, "age", lambda: age)
    response, body = ask(DATABASE_URL=NOBODY, CELLS=json.dumps({"main": alive}))
    assert (response.status_code, body["status"]) == (status, word)


def test_without_redis_pages_go_on(ask, monkeypatch):
    from kit.jobs import bell

    bell.connection.cache_clear()
    try:
        response, body = ask(REDIS_URL="redis://127.0.0.1:1/0")
        assert (response.status_code, body["status"]) == (200, "degraded")
        assert body["checks"]["redis"]["state"] == "failed"
    finally:
        bell.connection.cache_clear()


def test_a_hole_in_the_walls_is_told(ask, worker_id):
    url = make_url(databases.superuser_url()).set(database=f"simtree_test_{worker_id}")
    _response, body = ask(DATABASE_URL=url.render_as_string(hide_password=False))
    assert body["status"] == "degraded"
    assert "administrative rights" in body["checks"]["control"]["walls"]


def test_a_hole_between_two_workspaces_is_told(app, acme, rival, superuser):
    checker = HealthChecker(app)
    superuser(f"GRANT SELECT ON {acme.schema}.users TO {rival.schema}")
    try:
        told: Mapping[str, object] = {}
        for _ in range(100):
            told = checker._ask().checks["cell main"].details
            if "walls" in told:
                break
            time.sleep(0.05)
        assert f"{rival.schema} has SELECT on {acme.schema}.users" in str(told["walls"])
    finally:
        superuser(f"REVOKE SELECT ON {acme.schema}.users FROM {rival.schema}")
    checker._inner["main"]._at -= checks.WALLS_FRESH
    for _ in range(100):
        if checker._ask().checks["cell main"].state == State.OK:
            return
        time.sleep(0.05)
    pytest.fail("a mended wall is still told")


def test_one_answer_is_good_for_two_seconds(app):
    checker = HealthChecker(app)
    assert checker.health() is checker.health()
    checker._at -= checks.FRESH + 1
    before = checker._known
    assert checker.health() is not before


def test_what_is_silent_counts_as_down_and_is_not_asked_twice(app, monkeypatch):
    asked = []

    def slow() -> Check:
        asked.append(True)
        time.sleep(0.5)
        return Check(State.OK, {})

    monkeypatch.setattr(checks, "_redis", slow)
    monkeypatch.setattr(checks, "PATIENCE", 0.2)
    checker = HealthChecker(app)
    assert checker._ask().checks["redis"] == Check(State.FAILED, {"error": "no answer"})
    assert checker._ask().checks["redis"].state == State.FAILED
    assert asked == [True]
    time.sleep(0.3)
    assert checker._ask().checks["redis"].state == State.OK
