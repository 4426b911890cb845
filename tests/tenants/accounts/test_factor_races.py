"""However many bring the same code at once, one comes in: real threads, real commits."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from kit import clock, tenancy
from kit.db import database, session, workspace_scope
from kit.errors import Refused
from kit.security.totp import code_at
from kit.settings import get_settings
from tenants.accounts import services
from tenants.accounts.models import LogInWay, Throttle, UserSession
from tests import databases
from tests.factories import accounts
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.real_commits
RACERS = 8


@pytest.fixture(scope="module")
def workspace(worker_id: str, data_dir: str) -> Iterator[tuple[Flask, tenancy.Workspace]]:
    from control.workspaces.directory import directory

    name = f"simtree_factor_race_{worker_id}"
    os.environ["DATA_DIR"] = data_dir
    databases.clone(name)
    os.environ["POOL_SIZE"] = "10"
    get_settings.cache_clear()
    directory.forget()
    from wsgi import create_app

    made = create_app()
    with made.app_context():
        found = directory.by_address("acme")
        assert found is not None
        yield made, found
        for engine in database.engines.values():
            engine.dispose()
    directory.forget()
    databases.drop(name)
    databases.use_database(databases.name_of(worker_id))


def race(
    place: tuple[Flask, tenancy.Workspace], racers: int, verb: Callable[[int], object]
) -> list[object]:
    """Let so many do the same at once; return what those got who were not refused."""
    app, workspace = place
    barrier = Barrier(racers)

    def one(number: int) -> object | None:
        with app.app_context(), workspace_scope(workspace):
            barrier.wait(timeout=20)
            try:
                return verb(number)
            except Refused:
                return None

    with ThreadPoolExecutor(racers) as pool:
        return [got for got in pool.map(one, range(racers)) if got is not None]


@pytest.fixture
def begun(workspace):
    """A person with an app, so many log-ins that wait, a code that is good, recovery codes."""
    with workspace_scope(workspace[1]):
        user = accounts.make_user()
        secret, codes = accounts.enrolled(user)
        tokens = [
            services.sign_in(
                user.username, PASSWORD, remember=False, ip_address=None, user_agent=None
            ).token
            for _each in range(RACERS)
        ]
        # The code of the next half minute is good already; the one before confirmed the app.
        yield tokens, code_at(secret, clock.now() + timedelta(seconds=30)), codes
        session().rollback()


def _open_log_ins() -> int:
    live = select(func.count()).where(UserSession.ended_at.is_(None))
    return session().scalar(live) or 0


def test_the_same_code_of_the_app_opens_one_of_many_log_ins(workspace, begun):
    tokens, code, _codes = begun
    before = _open_log_ins()
    session().rollback()
    got = race(workspace, RACERS, lambda n: services.pass_step(tokens[n], code, way=LogInWay.APP))
    assert len(got) == 1
    assert _open_log_ins() == before + 1


def test_the_same_recovery_code_opens_one_of_many_log_ins(workspace, begun):
    tokens, _code, codes = begun
    got = race(
        workspace,
        RACERS,
        lambda n: services.pass_step(tokens[n], codes[0], way=LogInWay.RECOVERY),
    )
    assert len(got) == 1


def test_one_log_in_is_opened_once_by_many_good_codes(workspace, begun):
    tokens, _code, codes = begun
    got = race(
        workspace,
        RACERS,
        lambda n: services.pass_step(tokens[0], codes[n], way=LogInWay.RECOVERY),
    )
    assert len(got) == 1


def test_no_more_than_five_wrong_codes_are_looked_at_however_fast(workspace, begun):
    tokens, code, _codes = begun
    race(workspace, RACERS, lambda n: services.pass_step(tokens[n], "000000", way=LogInWay.APP))
    hits = session().scalars(select(Throttle.hits).where(Throttle.subject.startswith("step:")))
    assert max(len(one) for one in hits) == 5
    session().rollback()
    assert not race(workspace, 1, lambda n: services.pass_step(tokens[n], code, way=LogInWay.APP))
