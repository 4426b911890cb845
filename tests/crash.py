"""Run a piece of a test in a forked child, which may be told to die at a point, as by kill -9.

The child is this process once more, so nothing is imported or made anew but what two processes
cannot share: connections. Those of the application are let go of in the child; a piece that needs
others, as a provisioner needs the migrator's, makes them itself.

Forking in spite of threads is safe here. Tests run in the main thread, and one that starts others
joins them before it comes here. The one that is left, with which xdist hears its controller, only
waits to read; the child has no such thread and ends without a word to xdist.
"""

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable

from flask import current_app

from kit.db import control_session, database
from kit.db.migrating import revisions
from kit.settings import get_settings

#: Longer than any piece takes: a child that hangs is ended, and its test told.
SECONDS = 120


def killed_at(point: str, work: Callable[[], object]) -> None:
    """Do work in a child; AssertionError if it does not die at this point."""
    ended = _in_a_child(work, point)
    assert ended == -signal.SIGKILL, f"it ended with {ended}, not at {point}"


def done_apart(work: Callable[[], object]) -> None:
    """Do work in a child; AssertionError if that does not come to its end."""
    ended = _in_a_child(work)
    assert ended == 0, f"it ended with {ended}"


def _in_a_child(work: Callable[[], object], point: str = "") -> int:
    """Return the exit code of a child that did the work, or minus the signal that ended it."""
    # Rendered here, where it stays rendered, and not by every child.
    revisions("tenants")
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # About threads: see above.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _be_the_child(work, point)
    _, ended = os.waitpid(child, 0)
    # What the child committed is not what this process has read.
    control_session().rollback()
    control_session().expire_all()
    return os.waitstatus_to_exitcode(ended)


def _be_the_child(work: Callable[[], object], point: str) -> None:
    """Do the work and end, without anything that pytest does at an end."""
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        os.environ["CRASH_AT"] = point
        get_settings.cache_clear()
        for engine in database.engines.values():
            # Neither to use nor to close: they are the parent's.
            engine.dispose(close=False)
        # Sessions belong to a context, and those of the parent's hold its connections.
        with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
            work()
        code = 0
    except BaseException:  # noqa: BLE001 - read in the output that pytest captured
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
