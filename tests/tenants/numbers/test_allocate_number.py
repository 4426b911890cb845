"""A number is bound to one order item, and nobody gets it twice."""

from datetime import timedelta

import pytest

from kit import audit, clock
from kit.errors import Refused
from tenants.numbers import services
from tenants.numbers.models import NumberState
from tenants.numbers.states import NUMBER_MOVES, can_move_number
from tests.factories.numbers import make_number, make_numbers

BY = audit.System("tester")


def allocate(number, item_id="item1", owner=None):
    return services.allocate_number(number, item_id=item_id, owner=owner, by=BY)


def test_it_binds_the_number_to_the_item(in_acme):
    number = allocate(make_number())
    assert (number.state, number.item_id) == (NumberState.ALLOCATED, "item1")


def test_the_holder_gets_it_and_the_hold_ends(in_acme):
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    allocate(number, owner="a")
    assert (number.state, number.reserved_by, number.reserved_until) == (
        NumberState.ALLOCATED,
        None,
        None,
    )


@pytest.mark.parametrize("owner", [None, "b"])
def test_what_somebody_else_holds_is_refused(in_acme, owner):
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    with pytest.raises(Refused) as refusal:
        allocate(number, owner=owner)
    assert refusal.value.field == "number"
    assert (number.state, number.item_id) == (NumberState.RESERVED, None)


def test_an_expired_hold_does_not_keep_it(in_acme):
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    with clock.moved(clock.now() + timedelta(minutes=6)):
        assert allocate(number, owner="b").state == NumberState.ALLOCATED


def test_a_second_item_is_refused(in_acme):
    number = allocate(make_number())
    with pytest.raises(Refused):
        allocate(number, item_id="item2")
    assert number.item_id == "item1"


def test_an_item_has_one_number(in_acme):
    first, second = make_numbers("13900002001", "13900002002")
    allocate(first)
    with pytest.raises(Refused):
        allocate(second)
    assert second.state == NumberState.AVAILABLE


def test_the_same_again_changes_nothing(in_acme):
    number = allocate(make_number())
    before = number.changed_at
    assert allocate(number).changed_at == before


def test_freeing_gives_it_back(in_acme):
    number = allocate(make_number())
    services.free_number(number, by=BY)
    assert (number.state, number.item_id) == (NumberState.AVAILABLE, None)
    with pytest.raises(Refused):
        services.free_number(number, by=BY)


def test_a_number_rests_90_days_after_service(in_acme):
    number = allocate(make_number())
    services.put_in_service(number, by=BY)
    services.suspend_number(number, reason="arrears", by=BY)
    services.resume_number(number, by=BY)
    services.retire_number(number, by=BY)
    assert (number.state, number.item_id) == (NumberState.AGING, None)
    with clock.moved(clock.now() + timedelta(days=89)):
        assert services.recycle_numbers() == 0
    with clock.moved(clock.now() + timedelta(days=91)):
        assert services.recycle_numbers() == 1
    assert number.state == NumberState.AVAILABLE


def test_only_an_allocated_number_goes_into_service(in_acme):
    number = make_number()
    for verb in (services.put_in_service, services.retire_number, services.resume_number):
        with pytest.raises(Refused):
            verb(number, by=BY)
    assert number.state == NumberState.AVAILABLE


def test_a_blocked_number_comes_back(in_acme):
    number = make_number()
    services.block_number(number, reason="kept for a customer", by=BY)
    assert number.state == NumberState.BLOCKED
    services.unblock_number(number, by=BY)
    assert number.state == NumberState.AVAILABLE
    with pytest.raises(Refused):
        services.unblock_number(number, by=BY)


def test_a_held_number_cannot_be_blocked(in_acme):
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    with pytest.raises(Refused):
        services.block_number(number, reason="x", by=BY)
    assert number.state == NumberState.RESERVED


def test_the_table_names_every_state():
    assert set(NUMBER_MOVES) == set(NumberState)
    assert not can_move_number("available", NumberState.IN_SERVICE)
