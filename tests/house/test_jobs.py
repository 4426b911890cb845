"""Jobs take plain values, are served by a worker, and run by schedules that exist."""

import inspect
import json
import re
import subprocess
import sys

from infra.local.places import ROOT
from kit.jobs import registered
from kit.jobs.registry import QUEUES, schedules

PLAIN = {str, int, bool, "str", "int", "bool", "str | None", "int | None", "list[str]", "list[int]"}


def test_jobs_take_only_plain_values(app):
    assert registered()
    for work in registered().values():
        parameters = list(inspect.signature(work.run).parameters.values())[1:]
        for parameter in parameters:
            assert parameter.annotation in PLAIN, f"{work.kind}: {parameter}"


def test_a_worker_that_has_just_started_knows_every_job(app):
    """One that is imported only where it is asked for is known to who asks, and never done."""
    asking = (
        "import json, wsgi, kit.jobs as j; wsgi.create_app(); print(json.dumps([*j.registered()]))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", asking], cwd=ROOT, capture_output=True, check=True, text=True
    )
    kinds = {
        kind
        for plane in ("tenants", "platform")
        for path in (ROOT / plane).rglob("*.py")
        for kind in re.findall(r'^@job\(\s*"([^"]+)"', path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(kinds) >= 30
    assert kinds - set(json.loads(asked.stdout.splitlines()[-1])) == set()


def test_every_queue_has_a_worker(app):
    assert {work.queue for work in registered().values()} <= set(QUEUES)


def test_everything_scheduled_is_registered(app):
    assert all(registered()[each.job.kind] is each.job for each in schedules())


def test_every_job_has_a_title(app):
    """People see it in the task centre, operators in the console."""
    of_ours = [work for work in registered().values() if "test" not in work.run.__module__]
    assert [work.kind for work in of_ours if not work.title] == []
