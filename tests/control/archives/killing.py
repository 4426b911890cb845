"""A provisioner in a process of its own, which may be told where to die."""

import os
import signal
import warnings

from sqlalchemy import text

from control.operations.models import Operation
from control.operations.process import operate_one
from control.provisioning.process import migrator_engines
from control.workspaces.directory import directory
from kit.db import apart, control_session, database
from kit.settings import get_settings


def provision_in_a_child(stage, *, crash_at: str = "") -> int:
    """Do all operations that are due in a forked process; return the signal that ended it, or 0."""
    with apart(None) as control:
        control.execute(text("UPDATE operations SET run_at = now() - interval '1 second'"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["CRASH_AT"] = crash_at
            get_settings.cache_clear()
            # The parent's connections are not ours to use or to close.
            for engine in database.engines.values():
                engine.dispose(close=False)
            database.control.registry.clear()
            with stage.app.app_context():
                while operate_one(stage.plane, migrator_engines()):
                    pass
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    control_session().rollback()
    control_session().expire_all()
    directory.forget()
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return os.WTERMSIG(ended)
    assert os.WEXITSTATUS(ended) == 0
    return 0


def reread(operation: Operation) -> Operation:
    control_session().expire_all()
    return operation
