"""However many bring the same code at once, one comes in: real threads, real commits."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from kit import clock
from kit.db import session
from kit.security.totp import code_at
from tenants.accounts import services
from tenants.accounts.models import LogInWay, Throttle, UserSession
from tests.factories import accounts
from tests.factories.accounts import PASSWORD
from tests.racing import Racecourse, done

pytestmark = pytest.mark.real_commits
RACERS = 8


@pytest.fixture
def begun(at_once):
    """A person with an app, so many log-ins that wait, a code that is good, recovery codes."""
    user = accounts.make_user()
    secret, codes = accounts.enrolled(user)
    tokens = [
        services.sign_in(
            user.username, PASSWORD, remember=False, ip_address=None, user_agent=None
        ).token
        for _each in range(RACERS)
    ]
    # The code of the next half minute is good already; the one before confirmed the app.
    return tokens, code_at(secret, clock.now() + timedelta(seconds=30)), codes


def race(at_once: Racecourse, racers: int, verb: Callable[[int], object]) -> list[object]:
    """Let so many do the same at once, each with its number; return what they got."""
    return done(at_once([partial(verb, number) for number in range(racers)]))


def _open_log_ins() -> int:
    live = select(func.count()).where(UserSession.ended_at.is_(None))
    return session().scalar(live) or 0


def test_the_same_code_of_the_app_opens_one_of_many_log_ins(at_once, begun):
    tokens, code, _codes = begun
    before = _open_log_ins()
    session().rollback()
    got = race(at_once, RACERS, lambda n: services.pass_step(tokens[n], code, way=LogInWay.APP))
    assert len(got) == 1
    assert _open_log_ins() == before + 1


def test_the_same_recovery_code_opens_one_of_many_log_ins(at_once, begun):
    tokens, _code, codes = begun
    got = race(
        at_once, RACERS, lambda n: services.pass_step(tokens[n], codes[0], way=LogInWay.RECOVERY)
    )
    assert len(got) == 1


def test_one_log_in_is_opened_once_by_many_good_codes(at_once, begun):
    tokens, _code, codes = begun
    got = race(
        at_once, RACERS, lambda n: services.pass_step(tokens[0], codes[n], way=LogInWay.RECOVERY)
    )
    assert len(got) == 1


def test_no_more_than_five_wrong_codes_are_looked_at_however_fast(at_once, begun):
    tokens, code, _codes = begun
    race(at_once, RACERS, lambda n: services.pass_step(tokens[n], "000000", way=LogInWay.APP))
    hits = session().scalars(select(Throttle.hits).where(Throttle.subject.startswith("step:")))
    assert max(len(one) for one in hits) == 5
    session().rollback()
    assert not race(at_once, 1, lambda n: services.pass_step(tokens[n], code, way=LogInWay.APP))
