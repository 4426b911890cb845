"""Jobs take plain values, are served by a worker, and run by schedules that exist."""

import inspect

from kit.jobs import registered
from kit.jobs.registry import QUEUES, schedules

PLAIN = {str, int, bool, "str", "int", "bool", "str | None", "int | None", "list[str]", "list[int]"}


def test_jobs_take_only_plain_values(app):
    assert registered()
    for work in registered().values():
        parameters = list(inspect.signature(work.run).parameters.values())[1:]
        for parameter in parameters:
            assert parameter.annotation in PLAIN, f"{work.kind}: {parameter}"


def test_every_queue_has_a_worker(app):
    assert {work.queue for work in registered().values()} <= set(QUEUES)


def test_everything_scheduled_is_registered(app):
    assert all(registered()[each.job.kind] is each.job for each in schedules())
