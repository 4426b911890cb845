"""A number can be held for an owner until an expiry."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import audit, clock
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.numbers import queries, services
from tenants.numbers.models import NumberState
from tests.factories.numbers import make_number, make_numbers

BY = audit.System("tester")


def hold(number, owner="a", minutes=30):
    return services.hold_number(number, owner=owner, minutes=minutes, by=BY)


def test_it_keeps_the_number_and_notes_it(in_acme):
    number = hold(make_number())
    assert (number.state, number.reserved_by) == (NumberState.RESERVED, "a")
    assert number.reserved_until > clock.now() + timedelta(minutes=29)
    entry = session().scalars(select(AuditEntry).where(AuditEntry.event == "number:held")).one()
    assert entry.subject_id == number.public_id
    assert entry.details["owner"] == "a"


def test_another_owner_is_refused_and_nothing_changes(in_acme):
    number = hold(make_number())
    with pytest.raises(Refused, match=r"Somebody else|刚被"):
        hold(number, owner="b")
    assert number.reserved_by == "a"


def test_the_same_owner_prolongs(in_acme):
    number = hold(make_number(), minutes=5)
    assert hold(number, minutes=60).reserved_until > clock.now() + timedelta(minutes=59)


def test_an_expired_hold_counts_as_available_at_once(in_acme):
    number = hold(make_number(), minutes=5)
    with clock.moved(clock.now() + timedelta(minutes=6)):
        assert queries.available_numbers(channel=None, limit=5) == [number]
        assert hold(number, owner="b").reserved_by == "b"


@pytest.mark.parametrize("minutes", [0, -1, 7 * 24 * 60 + 1])
def test_a_silly_time_is_refused(in_acme, minutes):
    number = make_number()
    with pytest.raises(Refused) as refusal:
        hold(number, minutes=minutes)
    assert refusal.value.field == "minutes"
    assert number.state == NumberState.AVAILABLE


def test_blocked_and_allocated_numbers_cannot_be_held(in_acme):
    blocked, allocated = make_numbers("13900002001", "13900002002")
    services.block_number(blocked, reason="kept", by=BY)
    services.allocate_number(allocated, item_id="item1", owner=None, by=BY)
    for number in (blocked, allocated):
        with pytest.raises(Refused):
            hold(number)
    assert (blocked.state, allocated.state) == (NumberState.BLOCKED, NumberState.ALLOCATED)


def test_release_gives_it_back_to_stock(in_acme):
    number = hold(make_number())
    assert services.release_hold(number, owner="a", by=BY)
    assert (number.state, number.reserved_by) == (NumberState.AVAILABLE, None)
    assert not services.release_hold(number, owner="a", by=BY)


def test_only_the_owner_or_the_house_releases(in_acme):
    number = hold(make_number())
    assert not services.release_hold(number, owner="b", by=BY)
    assert number.reserved_by == "a"
    assert services.release_hold(number, owner=None, by=BY)


def test_expire_holds_gives_back_only_what_is_over(in_acme):
    first, second, third = make_numbers("13900002001", "13900002002", "13900002003")
    hold(first, minutes=5)
    hold(second, minutes=60)
    with clock.moved(clock.now() + timedelta(minutes=6)):
        assert services.expire_holds() == 1
        assert services.expire_holds() == 0
    assert [number.state for number in (first, second, third)] == [
        NumberState.AVAILABLE,
        NumberState.RESERVED,
        NumberState.AVAILABLE,
    ]
    history = queries.history(first.public_id)
    assert [entry.event for entry in history] == ["number:hold_expired", "number:held"]
