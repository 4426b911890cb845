"""What a workspace may do: the whole table, and what must hold for any facts at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.billing.models import SubscriptionState as S
from control.billing.standing import Bought, Cause, DunningSchedule, Facts, kept_until, standing_of
from control.workspaces.models import WorkspaceState as W

SCHEDULE = DunningSchedule()
TRIAL_END = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return TRIAL_END + timedelta(days=number)


PAID = Bought(S.ACTIVE, period_ends_at=day(30))
GIVEN_UP = Bought(S.CANCELED, period_ends_at=day(30), ended_at=day(30))

TABLE = [
    # what was bought, owed since, today, → state, cause, next change
    ((), None, -1, W.TRIAL, Cause.TRIAL, 0),
    ((), None, 0, W.PAST_DUE, Cause.TRIAL_OVER, 14),
    ((), None, 13.9, W.PAST_DUE, Cause.TRIAL_OVER, 14),
    ((), None, 14, W.READ_ONLY, Cause.TRIAL_OVER, 21),
    ((), None, 21, W.SUSPENDED, Cause.TRIAL_OVER, None),
    ((), None, 400, W.SUSPENDED, Cause.TRIAL_OVER, None),
    ((Bought(S.INCOMPLETE),), None, -1, W.TRIAL, Cause.TRIAL, 0),
    ((Bought(S.INCOMPLETE_EXPIRED),), None, 15, W.READ_ONLY, Cause.TRIAL_OVER, 21),
    ((Bought(S.TRIALING),), None, -1, W.TRIAL, Cause.TRIAL, None),
    ((PAID,), None, -1, W.ACTIVE, Cause.PAID, None),
    ((PAID,), None, 10, W.ACTIVE, Cause.PAID, None),
    ((Bought(S.PAST_DUE),), 30, 30, W.PAST_DUE, Cause.OWED, 44),
    ((Bought(S.PAST_DUE),), 30, 43.9, W.PAST_DUE, Cause.OWED, 44),
    ((Bought(S.PAST_DUE),), 30, 44, W.READ_ONLY, Cause.OWED, 51),
    ((Bought(S.UNPAID),), 30, 51, W.SUSPENDED, Cause.OWED, None),
    # Stripe still says past due, but nothing is open any more: paid.
    ((Bought(S.PAST_DUE),), None, 60, W.ACTIVE, Cause.PAID, None),
    # Stripe has given it up and charges nothing: what runs is owed though nobody was asked for it.
    ((Bought(S.UNPAID, period_began_at=day(60)),), None, 62, W.PAST_DUE, Cause.OWED, 74),
    ((Bought(S.UNPAID, period_began_at=day(60)),), None, 75, W.READ_ONLY, Cause.OWED, 81),
    ((Bought(S.UNPAID, period_began_at=day(60)),), None, 81, W.SUSPENDED, Cause.OWED, None),
    ((Bought(S.UNPAID), PAID), None, 10, W.ACTIVE, Cause.PAID, None),
    ((GIVEN_UP,), None, 29, W.ACTIVE, Cause.PAID, 30),
    ((GIVEN_UP,), None, 30, W.READ_ONLY, Cause.GIVEN_UP, 51),
    ((GIVEN_UP,), None, 51, W.SUSPENDED, Cause.GIVEN_UP, None),
    # Whoever gives up in the trial keeps the trial.
    ((Bought(S.CANCELED, ended_at=day(-5)),), None, -1, W.TRIAL, Cause.TRIAL, 0),
    # Whoever comes back is in again.
    ((GIVEN_UP, Bought(S.ACTIVE)), None, 60, W.ACTIVE, Cause.PAID, None),
    # Who gave up and owes is not let off.
    ((GIVEN_UP,), 20, 35, W.READ_ONLY, Cause.OWED, 41),
    ((Bought(S.PAUSED, period_ends_at=day(30)),), None, 31, W.READ_ONLY, Cause.GIVEN_UP, 51),
]


@pytest.mark.parametrize("row", TABLE)
def test_the_table(row):
    bought, owed, today, state, cause, changes = row
    facts = Facts(TRIAL_END, tuple(bought), None if owed is None else day(owed))
    found = standing_of(facts, day(today), SCHEDULE)
    assert (found.state, found.cause) == (state, cause)
    assert found.next_change_at == (None if changes is None else day(changes))


MOMENTS = st.floats(-60, 200).map(day)
BOUGHT = st.builds(
    Bought,
    st.sampled_from(S),
    period_ends_at=st.none() | MOMENTS,
    trial_ends_at=st.none(),
    ended_at=st.none() | MOMENTS,
    period_began_at=st.none() | MOMENTS,
)
FACTS = st.builds(
    Facts, st.just(TRIAL_END), st.lists(BOUGHT, max_size=4).map(tuple), st.none() | MOMENTS
)
STAIR = [W.PAST_DUE, W.READ_ONLY, W.SUSPENDED]


@given(FACTS, MOMENTS)
def test_nothing_changes_before_it_says_so(facts, now):
    found = standing_of(facts, now, SCHEDULE)
    if found.next_change_at is None:
        later = standing_of(facts, now + timedelta(days=5_000), SCHEDULE)
        assert later.state == found.state
    else:
        assert found.next_change_at > now
        just_before = standing_of(facts, found.next_change_at - timedelta(seconds=1), SCHEDULE)
        assert just_before.state == found.state
        assert standing_of(facts, found.next_change_at, SCHEDULE).state != found.state


@given(FACTS, MOMENTS, st.floats(0, 300))
def test_the_stair_only_goes_down_while_nothing_else_happens(facts, now, days):
    first = standing_of(facts, now, SCHEDULE)
    later = standing_of(facts, now + timedelta(days=days), SCHEDULE)
    if first.state in STAIR:
        assert STAIR.index(later.state) >= STAIR.index(first.state)


@given(FACTS, MOMENTS, st.randoms())
def test_the_order_in_which_things_were_bought_does_not_matter(facts, now, random):
    mixed = list(facts.bought)
    random.shuffle(mixed)
    assert standing_of(facts, now, SCHEDULE) == standing_of(
        Facts(facts.trial_ends_at, tuple(mixed), facts.owed_since), now, SCHEDULE
    )


@given(FACTS, MOMENTS)
def test_who_owes_nothing_and_has_bought_is_never_shut(facts, now):
    if facts.owed_since is None and any(one.state == S.ACTIVE for one in facts.bought):
        assert standing_of(facts, now, SCHEDULE).state == W.ACTIVE


def test_nothing_is_deleted_for_the_days_of_keeping_after_the_suspension():
    owed = standing_of(Facts(TRIAL_END, owed_since=TRIAL_END), TRIAL_END, SCHEDULE)
    assert kept_until(owed, SCHEDULE) == day(111)
    short = DunningSchedule(suspend_days=30, keep_days=10)
    assert kept_until(owed, short) == day(40)
    trial = standing_of(Facts(day(1)), TRIAL_END, SCHEDULE)
    assert kept_until(trial, SCHEDULE) is None
