"""The application with slow work in it, for processes that are told to stop in the middle."""

import time
from pathlib import Path

from flask import Flask

import wsgi
from control.operations.registry import OperationRun, operation
from kit import audit
from kit.db import control_transaction
from kit.jobs import JobRun, job
from kit.security import RealmBlueprint, public
from kit.security.realms import ANYONE

DONE = audit.Event.named("stopping:done")
blueprint = RealmBlueprint("stopping", __name__, realm=ANYONE)


class Thing:
    """Something that work was done to."""

    def __init__(self, public_id: str) -> None:
        self.public_id = public_id


def _note(what: str) -> None:
    with control_transaction():
        audit.record_control(DONE, Thing(what), by=audit.SYSTEM)


@blueprint.get("/slow/<what>")
@public
def slow(what: str) -> str:
    Path(what_file(what)).touch()
    time.sleep(1.5)
    _note(what)
    return "done"


def what_file(what: str) -> str:
    """Return the file by which work says that it has begun."""
    return f"/tmp/simtree-stopping-{what}"


@job("stopping.slow")
def slow_job(run: JobRun, *, what: str) -> None:
    """Take long the first time, and no time when tried again."""
    del run
    first = not Path(what_file(what)).exists()
    Path(what_file(what)).touch()
    _note(what)
    if first:
        time.sleep(30 if what.startswith("long") else 1.5)


@operation("stopping.steps", tries=3)
def steps(run: OperationRun) -> None:
    """Do forty steps; those that were done are not done again."""
    what = run.operation.body["what"]
    Path(what_file(what)).touch()
    for number in range(40):
        run.progress(number, 40)
        time.sleep(0.05)
    _note(what)


def create_app() -> Flask:
    """Return the application with a slow page."""
    app = wsgi.create_app()
    app.register_blueprint(blueprint)
    return app
