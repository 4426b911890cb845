"""What must hold however many act at once: real threads, real commits."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from kit import audit, tenancy
from kit.db import database, session, workspace_scope
from kit.errors import Refused
from kit.settings import get_settings
from tenants.accounts import queries as people
from tenants.accounts import services as accounts
from tenants.accounts.models import User
from tenants.customers import queries as customers
from tenants.customers import services
from tests import databases
from tests.factories import accounts as make
from tests.factories.customers import new_customer

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def real_app(worker_id: str, data_dir: str) -> Iterator[Flask]:
    os.environ["DATA_DIR"] = data_dir
    databases.clone(f"simtree_people_race_{worker_id}")
    os.environ["POOL_SIZE"] = "16"
    get_settings.cache_clear()
    from wsgi import create_app

    made = create_app()
    yield made
    with made.app_context():
        for engine in database.engines.values():
            engine.dispose()
    databases.use_database(f"simtree_test_{worker_id}")


@pytest.fixture
def workspace(real_app: Flask) -> Iterator[tenancy.Workspace]:
    from control.workspaces.directory import directory

    directory.forget()
    with real_app.app_context():
        found = directory.by_address("acme")
        assert found is not None
        with workspace_scope(found):
            yield found
    directory.forget()


def race(app: Flask, workspace: tenancy.Workspace, verbs: list[Callable[[], Any]]) -> int:
    """Let all verbs start at once, each in a thread and session of its own; count the refused."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> bool:
        with app.app_context(), workspace_scope(workspace):
            barrier.wait()
            try:
                verb()
            except Refused:
                return True
            return False

    with ThreadPoolExecutor(len(verbs)) as pool:
        return sum(pool.map(run, verbs))


def test_two_administrators_who_disable_each_other_leave_one(real_app, workspace):
    first = make.owner()
    second = make.make_user(roles=[make.role("administrator")])
    ids = [first.id, second.id]
    session().rollback()

    def disable(other: int) -> Callable[[], None]:
        return lambda: accounts.disable_user(session().get_one(User, other), by=audit.SYSTEM)

    assert race(real_app, workspace, [disable(one) for one in ids]) == 1
    session().rollback()
    active = session().scalars(select(User.is_active).where(User.id.in_(ids))).all()
    assert sorted(active) == [False, True]


def test_one_document_makes_one_customer(real_app, workspace):
    row = new_customer()
    verbs = [lambda: services.add_customers([row], by=audit.SYSTEM, same_phone_confirmed=True)] * 8
    assert race(real_app, workspace, verbs) == 7
    session().rollback()
    assert customers.customer_by_document(row.document) is not None


def test_a_username_is_taken_once(real_app, workspace):
    role = make.role().id
    session().rollback()

    def add(place: int) -> Callable[[], object]:
        from tenants.accounts.models import Role

        return lambda: accounts.add_user(
            username="racer_one",
            name="赛跑",
            email=f"racer_{place}@example.com",
            phone=None,
            roles=[session().get_one(Role, role)],
            password=make.PASSWORD,
            by=audit.SYSTEM,
        )

    assert race(real_app, workspace, [add(place) for place in range(6)]) == 5
    assert people.find_by_login("racer_one") is not None


def test_parallel_wrong_passwords_all_count(real_app, workspace):
    user = make.make_user(username="guessed_at")
    session().rollback()

    def guess() -> None:
        accounts.sign_in("guessed_at", "wrong", remember=False, ip_address=None, user_agent=None)

    assert race(real_app, workspace, [guess] * 10) == 10
    session().rollback()
    session().refresh(user)
    assert user.locked_until is not None
