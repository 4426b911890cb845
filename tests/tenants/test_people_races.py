"""What must hold however many act at once: real threads, real commits."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.accounts import queries as people
from tenants.accounts import services as accounts
from tenants.accounts.models import User
from tenants.customers import queries as customers
from tenants.customers import services
from tests.factories import accounts as make
from tests.factories.customers import new_customer
from tests.racing import done

pytestmark = pytest.mark.real_commits


def test_two_administrators_who_disable_each_other_leave_one(at_once):
    first = make.owner()
    second = make.make_user(roles=[make.role("administrator")])
    ids = [first.id, second.id]
    session().rollback()

    def disable(other: int) -> Callable[[], None]:
        return lambda: accounts.disable_user(session().get_one(User, other), by=audit.SYSTEM)

    assert len(done(at_once([disable(one) for one in ids]))) == 1
    session().rollback()
    active = session().scalars(select(User.is_active).where(User.id.in_(ids))).all()
    assert sorted(active) == [False, True]


def test_one_document_makes_one_customer(at_once):
    row = new_customer()
    verbs = [lambda: services.add_customers([row], by=audit.SYSTEM, same_phone_confirmed=True)] * 8
    assert len(done(at_once(verbs))) == 1
    session().rollback()
    assert customers.customer_by_document(row.document) is not None


def test_a_username_is_taken_once(at_once):
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

    assert len(done(at_once([add(place) for place in range(6)]))) == 1
    assert people.find_by_login("racer_one") is not None


def test_parallel_wrong_passwords_all_count(at_once):
    user = make.make_user(username="guessed_at")
    session().rollback()

    def guess() -> None:
        accounts.sign_in("guessed_at", "wrong", remember=False, ip_address=None, user_agent=None)

    assert done(at_once([guess] * 10)) == []
    session().refresh(user)
    assert user.locked_until is not None
