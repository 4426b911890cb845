"""Several at once: threads that start together, each with a session of its own, real commits."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from flask import Flask

from kit.db import database, session, workspace_scope
from kit.errors import Refused
from kit.settings import get_settings
from kit.tenancy import Workspace
from tests import databases

MOST = 24
_PATIENCE = 20

Verbs = Sequence[Callable[[], Any]]


class Racecourse:
    """An application and a workspace whose commits last."""

    def __init__(self, app: Flask, workspace: Workspace) -> None:
        self._app, self._workspace = app, workspace

    def __call__(self, verbs: Verbs) -> list[Any]:
        """Let verbs start together; return what each answered, its Refused where it was refused.

        What this thread's session holds is let go of first, and read anew afterwards.
        """
        session().rollback()
        barrier = Barrier(len(verbs))

        def run(verb: Callable[[], Any]) -> Any:
            with self._app.app_context(), workspace_scope(self._workspace):
                barrier.wait(timeout=_PATIENCE)
                try:
                    return verb()
                except Refused as refusal:
                    return refusal

        with ThreadPoolExecutor(len(verbs)) as pool:
            answers = list(pool.map(run, verbs))
        session().rollback()
        session().expire_all()
        return answers


def done(answers: Sequence[Any]) -> list[Any]:
    """Return the answers of those that were not refused."""
    return [one for one in answers if not isinstance(one, Refused)]


@contextmanager
def racing_app(worker: str, data_dir: str) -> Iterator[Flask]:
    """Make an application on a database of its own, with a connection for each of many threads."""
    name = f"simtree_race_{worker}"
    os.environ["DATA_DIR"] = data_dir
    databases.clone(name)
    os.environ["POOL_SIZE"] = str(MOST)
    get_settings.cache_clear()
    from wsgi import create_app

    made = create_app()
    yield made
    with made.app_context():
        for engine in database.engines.values():
            engine.dispose()
    databases.drop(name)
    databases.use_database(databases.name_of(worker))


@contextmanager
def on_the_course(app: Flask, address: str = "acme") -> Iterator[Racecourse]:
    """Open a workspace of that application."""
    from control.workspaces.directory import directory

    directory.forget()
    with app.app_context():
        found = directory.by_address(address)
        assert found is not None
        with workspace_scope(found):
            yield Racecourse(app, found)
    directory.forget()
