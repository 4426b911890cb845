"""Row locks are taken once in a transaction, and forgotten when they are given up."""

import pytest
from sqlalchemy import event, select

from kit.db import held, hold, lock_rows, session, transaction
from tenants.accounts.models import Role


@pytest.fixture
def roles(in_acme):
    return session().scalars(select(Role).order_by(Role.id).limit(2)).all()


@pytest.fixture
def asked(in_acme):
    said: list[str] = []

    def listen(_connection, _cursor, statement, *_):
        if "FOR UPDATE" in statement:
            said.append(statement)

    engine = session().get_bind().engine
    event.listen(engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine, "before_cursor_execute", listen)


def test_a_second_lock_of_the_same_rows_asks_nothing(roles, asked):
    keys = [role.id for role in roles]
    with transaction():
        first = lock_rows(Role, keys)
        with transaction():
            assert lock_rows(Role, reversed(keys)) == first
            assert lock_rows(Role, keys[:1]) == first[:1]
    assert first == list(roles)
    assert len(asked) == 1


def test_locks_end_with_the_transaction(roles, asked):
    for _ in range(2):
        with transaction():
            lock_rows(Role, [roles[0].id])
        assert held(Role, roles[0].id) is None
    assert len(asked) == 2


def test_a_savepoint_given_up_takes_its_locks_along(roles, asked):
    with transaction() as work:
        inner = work.begin_nested()
        lock_rows(Role, [roles[0].id])
        inner.rollback()
        assert held(Role, roles[0].id) is None
        lock_rows(Role, [roles[0].id])
    assert len(asked) == 2


def test_a_row_that_is_new_is_held_without_asking(in_acme, asked):
    with transaction() as work:
        role = Role(code="locker", name="Locker", permissions=[])
        work.add(role)
        work.flush()
        assert hold(role) is role
        assert lock_rows(Role, [role.id]) == [role]
    assert asked == []


def test_a_key_without_a_row_is_left_out(roles):
    with transaction():
        assert lock_rows(Role, [roles[0].id, 10**9]) == [roles[0]]
        assert lock_rows(Role, []) == []
