import os
import re
import signal
import sys
import time

import pytest

from infra.local import supervisor
from infra.local.embedded import command_of, wait_until
from infra.local.supervisor import Program, Supervisor, run_step

SLEEP = "import time; time.sleep(60)"


def program(name, code, *, stage=0):
    return Program(name, [sys.executable, "-uc", code], dict(os.environ), stage)


@pytest.fixture
def run_until(capfd):
    """Run a supervisor until its output is enough, then stop it; answers all of that output."""

    def run(is_enough, *programs, **options):
        out = []

        def is_ready():
            out.append(capfd.readouterr().out)
            return is_enough("".join(out))

        Supervisor(
            programs,
            is_ready=is_ready,
            announce=lambda: os.kill(os.getpid(), signal.SIGINT),
            **options,
        ).run()
        return "".join([*out, capfd.readouterr().out])

    return run


def test_output_is_shown_under_the_name_of_its_process(run_until):
    out = run_until(lambda out: "ready" in out, program("web", f"print('ready'); {SLEEP}"))
    assert "web         | ready\n" in out


def test_what_ends_is_started_again_later_each_time(run_until):
    out = run_until(lambda out: "in 2 s" in out, program("worker", "raise SystemExit(3)"))
    assert "worker ended with code 3; it starts again in 1 s." in out
    assert "worker ended with code 3; it starts again in 2 s." in out


def test_stages_stop_one_after_the_other(run_until):
    polite = """
import signal, sys, time
def leave(*_):
    time.sleep(0.2)
    print('leaves')
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print('is up')
time.sleep(60)
"""
    out = run_until(
        lambda out: out.count("is up") == 2,
        program("worker", polite, stage=1),
        program("web", polite, stage=0),
    )
    lines = out.splitlines()
    assert lines.index("web         | leaves") < lines.index("worker      | leaves")
    assert lines[-1] == "Everything is stopped."


def test_the_stubborn_are_killed_in_time_with_their_children(run_until):
    stubborn = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print(os.getpid())
time.sleep(60)
"""
    started = time.monotonic()
    out = run_until(lambda out: out.count("| ") == 2, program("web", stubborn), budget=1.0)
    assert time.monotonic() - started < 5
    assert "web did not stop in time and was killed." in out
    pids = [int(pid) for pid in re.findall(r"\| (\d+)", out)]
    assert wait_until(lambda: not any(map(command_of, pids)), seconds=2)


def test_it_announces_once():
    asked, announced = [], []

    def announce():
        announced.append(True)

    def is_ready():
        asked.append(True)
        return len(asked) == 2

    class Patient(Supervisor):
        def _look_after(self):
            super()._look_after()
            if announced:
                super()._look_after()
                os.kill(os.getpid(), signal.SIGINT)

    Patient([program("web", SLEEP)], is_ready=is_ready, announce=announce).run()
    assert (len(asked), len(announced)) == (2, 1)


class Server:
    title = "PostgreSQL"

    def __init__(self):
        self.running = False
        self.calls = []

    def is_running(self):
        return self.running

    def start(self):
        self.running = True
        self.calls.append("start")

    def stop(self, *, patience):
        assert 0 < patience <= 10
        self.calls.append("stop")


def test_a_server_that_died_is_started_again_and_stopped_last(run_until):
    server = Server()
    out = run_until(lambda out: "again" in out, program("web", SLEEP), servers=[server])
    assert server.calls == ["start", "stop"]
    assert "PostgreSQL ended by itself; starting it again." in out


def test_a_step_answers_its_code_and_lines(capfd):
    code, lines = run_step(
        "migrate", [sys.executable, "-c", "print('one'); print('two'); exit(4)"], dict(os.environ)
    )
    assert (code, lines) == (4, ["one", "two"])
    assert "migrate     | one\nmigrate     | two\n" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("code", "words"), [(0, "ended with code 0"), (-9, "was ended by SIGKILL")]
)
def test_an_ending_is_put_into_words(code, words):
    assert supervisor.ending(code) == words
