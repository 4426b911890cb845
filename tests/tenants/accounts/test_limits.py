"""The limits of a plan: hard ones hold, also for two at once; soft ones and none let work go on."""

from functools import partial

import pytest

from control.billing.limits import Counted, Limit
from kit.errors import Refused
from tenants.accounts import queries
from tenants.accounts.limits import limit_of
from tests.factories import accounts
from tests.factories.billing import limit
from tests.factories.channels import make_channel
from tests.factories.numbers import make_numbers


@pytest.fixture
def limited(in_acme):
    """Let the workspace have limits."""

    return partial(limit, in_acme)


def test_without_being_told_there_is_no_limit(in_acme):
    assert limit_of(Counted.SEATS).included is None


def test_seats_are_people_who_can_log_in(limited):
    limited(seats=Limit(queries.seats_taken() + 1))
    user = accounts.make_user()
    with pytest.raises(Refused, match="larger plan"):
        accounts.make_user()
    user.is_active = False
    accounts.make_user()


def test_channels_are_counted(limited):
    make_channel()
    limited(channels=Limit(1))
    with pytest.raises(Refused, match="Channels"):
        make_channel()


def test_numbers_count_by_the_file(limited):
    limited(numbers=Limit(0))
    with pytest.raises(Refused, match="Numbers in stock"):
        make_numbers("13900001234")


def test_a_soft_limit_refuses_nobody(limited):
    limited(channels=Limit(0, is_hard=False), seats=Limit(0, is_hard=False))
    make_channel()
    accounts.make_user()
