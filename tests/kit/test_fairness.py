"""One workspace's slow pages leave threads and connections to the others."""

import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import text

from infra.local.places import free_port
from kit.db import session
from kit.security.fairness import CROWDED, FairShare, Turnstile

ROOT = Path(__file__).resolve().parents[2]
THREADS = 8
SLOW = 1.0


@pytest.fixture
def turnstile() -> Turnstile:
    return Turnstile(2, patience=0.05)


def test_as_many_as_the_share_come_in(turnstile):
    assert [turnstile.enter("a") for _ in range(3)] == [True, True, False]
    assert turnstile.enter("b")
    assert (turnstile.inside("a"), turnstile.inside("b"), turnstile.inside("c")) == (2, 1, 0)


def test_a_place_given_back_is_taken_by_one_who_waits():
    turnstile = Turnstile(2, patience=10)
    assert turnstile.enter("a")
    assert turnstile.enter("a")
    came_in = []
    waiting = threading.Thread(target=lambda: came_in.append(turnstile.enter("a")))
    waiting.start()
    while not turnstile._shares["a"].waiting:
        time.sleep(0.001)
    # Only half of the share may wait: the next one is told at once.
    begun = time.monotonic()
    assert not turnstile.enter("a")
    assert time.monotonic() - begun < 1
    turnstile.leave("a")
    waiting.join()
    assert came_in == [True]
    assert turnstile.inside("a") == 2


def test_nothing_is_kept_of_those_who_have_left(turnstile):
    for _ in range(5):
        assert turnstile.enter("a")
        turnstile.leave("a")
    assert turnstile._shares == {}


def served(turnstile: Turnstile, application, **environ: str):
    return FairShare(application, turnstile)({"HTTP_HOST": "A.test", **environ}, None)


def test_an_answer_counts_until_it_is_sent(turnstile):
    def stream(_environ, _start):
        yield b"one"
        yield b"two"

    answer = served(turnstile, stream)
    chunks = iter(answer)
    assert next(chunks) == b"one"
    assert turnstile.inside("a.test") == 1
    assert list(chunks) == [b"two"]
    assert turnstile.inside("a.test") == 0
    answer.close()
    assert turnstile.inside("a.test") == 0


def test_an_answer_that_nobody_reads_counts_until_it_is_dropped(turnstile):
    answer = served(turnstile, lambda *_: [b"one"])
    assert turnstile.inside("a.test") == 1
    answer.close()
    assert turnstile.inside("a.test") == 0
    half_read = iter(served(turnstile, lambda *_: [b"one", b"two"]))
    next(half_read)
    assert turnstile.inside("a.test") == 1
    del half_read
    assert turnstile.inside("a.test") == 0


def test_a_reader_who_goes_away_gives_the_place_back(turnstile):
    closed = []

    class Answer:
        def __iter__(self):
            yield b"one"

        def close(self):
            closed.append(True)
            raise ConnectionResetError

    answer = served(turnstile, lambda *_: Answer())
    next(iter(answer))
    with pytest.raises(ConnectionResetError):
        answer.close()
    assert closed == [True]
    assert turnstile.inside("a.test") == 0


def test_an_error_gives_the_place_back(turnstile):
    def broken(_environ, _start):
        raise SystemExit

    with pytest.raises(SystemExit):
        served(turnstile, broken)
    assert turnstile.inside("a.test") == 0


@pytest.mark.parametrize("path", ["/static/js/kit.js", "/assets/x.css", "/healthz", "/readyz"])
def test_files_and_health_checks_are_not_counted(turnstile, path):
    seen = []

    def look(environ, _start):
        seen.append((turnstile.inside("a.test"), environ.get(CROWDED)))
        return []

    for _ in range(3):
        served(turnstile, look, PATH_INFO=path)
    assert seen == [(0, None)] * 3


def test_what_is_beyond_the_share_is_marked_for_the_gate(turnstile):
    marks = []

    def look(environ, _start):
        marks.append(environ.get(CROWDED, False))
        return []

    answers = [served(turnstile, look, PATH_INFO="/") for _ in range(3)]
    assert marks == [False, False, True]
    for answer in answers[:2]:
        answer.close()
    assert turnstile.inside("a.test") == 0


def test_the_one_beyond_is_told_to_come_back(client, in_acme):
    browser = client.at(in_acme)
    answer = browser.get("/login", environ_overrides={CROWDED: True})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert "贵公司同时发起的请求较多" in answer.text
    piece = browser.get("/login", headers={"HX-Request": "true"}, environ_overrides={CROWDED: True})
    assert piece.status_code == 429
    assert "<main" not in piece.text
    browser.set_cookie("language", "en", domain=in_acme.host)
    english = browser.get("/login", environ_overrides={CROWDED: True})
    assert "Try again in a few seconds." in english.text


def test_a_host_of_no_workspace_is_not_refused_for_it(client, db):
    assert client.at("").get("/", environ_overrides={CROWDED: True}).status_code == 200


@pytest.fixture
def instead_of_login(app, monkeypatch):
    """Let another view answer at /login."""
    from kit.security import public

    def put(view):
        monkeypatch.setitem(app.view_functions, "accounts.login", public(view))

    return put


def test_a_statement_that_takes_too_long_ends_in_a_page(client, in_acme, instead_of_login):
    def report():
        session().execute(text("SET LOCAL statement_timeout TO 20"))
        session().execute(text("SELECT pg_sleep(5)"))

    instead_of_login(report)
    answer = client.at(in_acme).get("/login")
    assert answer.status_code == 503
    assert "耗时过长" in answer.text
    assert "已在 30 秒后停止" in answer.text


def test_another_failure_of_the_database_is_not_said_to_be_slow(client, in_acme, instead_of_login):
    from sqlalchemy.exc import OperationalError

    def broken():
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    instead_of_login(broken)
    with pytest.raises(OperationalError, match="gone"):
        client.at(in_acme).get("/login")


# --- in a real process ---


@pytest.fixture(scope="module")
def web(app) -> Iterator[int]:
    """One process of gunicorn with eight threads; return its port."""
    port = free_port(8_900)
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", str(THREADS),
         "--workers", "1", "--bind", f"127.0.0.1:{port}", "--no-control-socket",
         "--graceful-timeout", "1", "tests.kit.slow_app:serve()"],
        env={**os.environ, "PYTHONPATH": ".:platform", "POOL_SIZE": "5"},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError, AssertionError):
                assert ask(port, "rival", "/fast")[:2] == (200, "fast")
                break
            time.sleep(0.05)
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, workspace: str, path: str) -> tuple[int, str, float, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    begun = time.monotonic()
    try:
        connection.request("GET", path, headers={"Host": f"{workspace}.simtree.test"})
        answer = connection.getresponse()
        body = answer.read().decode()
        return answer.status, body, time.monotonic() - begun, answer.headers["Retry-After"]
    finally:
        connection.close()


@pytest.mark.real_commits
def test_a_flood_of_slow_reports_leaves_the_others_fast(web):
    """Sixteen browsers of acme ask for slow reports without a pause; rival works on."""
    stop = threading.Event()
    answers: Counter[tuple[int, str | None]] = Counter()

    def flood() -> None:
        while not stop.is_set():
            status, _, _, retry = ask(web, "acme", f"/slow?seconds={SLOW}")
            answers[status, retry] += 1
            stop.wait(0.1)

    browsers = [threading.Thread(target=flood) for _ in range(2 * THREADS)]
    for browser in browsers:
        browser.start()
    try:
        time.sleep(SLOW)
        seconds = []
        for _ in range(20):
            status, body, took, _ = ask(web, "rival", "/fast")
            assert (status, body) == (200, "fast")
            seconds.append(took)
            time.sleep(0.05)
    finally:
        stop.set()
        for browser in browsers:
            browser.join()
    # Without the shares each of rival's pages waits for one of acme's to end, or for several.
    assert median(seconds) < SLOW / 4, seconds
    assert set(answers) == {(200, None), (429, "2")}
    # Acme itself goes on at its share, and finds all of it free again afterwards.
    assert answers[200, None] >= 4
    assert [ask(web, "acme", "/fast")[0] for _ in range(THREADS)] == [200] * THREADS


@pytest.mark.real_commits
def test_browsers_that_go_away_give_their_places_back(web):
    for _ in range(2 * THREADS):
        connection = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
        headers = {"Host": "acme.simtree.test"}
        connection.request("GET", "/slow?seconds=0.3", headers=headers)
        connection.close()
    time.sleep(2)
    assert [ask(web, "acme", "/fast")[0] for _ in range(THREADS)] == [200] * THREADS
