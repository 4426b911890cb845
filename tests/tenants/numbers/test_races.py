"""However many reach for a number at once, exactly one gets it: real threads, real commits."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.numbers import services
from tenants.numbers.models import Number, NumberState
from tests.factories.numbers import make_numbers
from tests.racing import Racecourse, done

pytestmark = pytest.mark.real_commits
BY = audit.System("racer")


@pytest.fixture
def race(at_once: Racecourse) -> Callable[..., list[str]]:
    """Let so many racers do the same at once; return who was not refused."""

    def run(racers: int, verb: Callable[[Number, str], object], msisdn: str) -> list[str]:
        def one(name: str) -> Callable[[], str]:
            def reach() -> str:
                number = session().scalars(select(Number).where(Number.msisdn == msisdn)).one()
                verb(number, name)
                return name

            return reach

        return done(at_once([one(f"racer{place}") for place in range(racers)]))

    return run


def now(msisdn: str) -> Number:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Number).where(Number.msisdn == msisdn)).one()


def hold(number: Number, name: str) -> None:
    services.hold_number(number, owner=name, minutes=5, by=BY)


def allocate(number: Number, name: str) -> None:
    services.allocate_number(number, item_id=f"{number.msisdn}-{name}", owner=name, by=BY)


@pytest.mark.parametrize("racers", [2, 20])
def test_exactly_one_holds_it(race, racers):
    msisdn = f"1390001{racers:04}"
    make_numbers(msisdn)
    winners = race(racers, hold, msisdn)
    assert len(winners) == 1
    assert now(msisdn).reserved_by == winners[0]


@pytest.mark.parametrize("racers", [2, 20])
def test_exactly_one_gets_it_allocated(race, racers):
    msisdn = f"1390002{racers:04}"
    make_numbers(msisdn)
    winners = race(racers, allocate, msisdn)
    assert len(winners) == 1
    assert now(msisdn).item_id == f"{msisdn}-{winners[0]}"


def test_the_holder_wins_against_all_who_allocate(race):
    msisdn = "13900030001"
    [number] = make_numbers(msisdn)
    hold(number, "racer7")
    assert race(20, allocate, msisdn) == ["racer7"]


def test_holders_and_allocators_leave_one_owner(race):
    msisdn = "13900040001"
    make_numbers(msisdn)

    def either(number: Number, name: str) -> None:
        (hold if int(name[-1]) % 2 else allocate)(number, name)

    assert len(race(20, either, msisdn)) == 1
    assert now(msisdn).state in {NumberState.RESERVED, NumberState.ALLOCATED}


def test_the_same_file_taken_in_twice_at_once_is_there_once(race):
    make_numbers("13900050000")
    pool = now("13900050000").pool_id

    def take_in(number: Number, name: str) -> None:
        services.add_numbers(
            [services.NewNumber(f"1390005{place:04}") for place in range(1, 500)],
            pool=number.pool,
            by=BY,
        )

    assert len(race(4, take_in, "13900050000")) == 1
    added = session().scalars(select(Number).where(Number.msisdn.startswith("1390005"))).all()
    assert len(added) == 500
    assert {number.pool_id for number in added} == {pool}
