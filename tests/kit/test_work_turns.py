"""Whose turn it is, and when recurring work is due: calculations without a database."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.jobs.calendars import Daily, Every, Monthly, missed, month_end
from kit.jobs.registry import Backoff
from kit.jobs.turns import Allowance, Piece, Turns

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def pieces(name, count, *, at=NOON):
    return [Piece(name, number, "kind", at + timedelta(seconds=number)) for number in range(count)]


def names(chosen) -> str:
    return "".join(one.workspace for one in chosen)


def test_everybody_gets_a_first_before_anybody_s_second():
    waiting = {"a": pieces("a", 9), "b": pieces("b", 2, at=NOON + timedelta(days=1))}
    allowed = {"a": Allowance(1, 9), "b": Allowance(1, 9)}
    assert names(Turns().choose(waiting, allowed, room=6)) == "ababaa"


def test_weights_share_what_there_is():
    waiting = {name: pieces(name, 100) for name in "abc"}
    allowed = {"a": Allowance(3, 100), "b": Allowance(1, 100), "c": Allowance(2, 100)}
    assert Counter(names(Turns().choose(waiting, allowed, room=60))) == {"a": 30, "b": 10, "c": 20}


def test_a_newcomer_s_turn_comes_at_once_and_an_idle_one_has_saved_none():
    turns, allowed = Turns(), {name: Allowance(1, 50) for name in "abn"}
    flood = {"a": pieces("a", 50), "b": pieces("b", 50)}
    turns.choose(flood, allowed, room=40)
    later = {**flood, "n": pieces("n", 50, at=NOON + timedelta(days=1))}
    order = names(turns.choose(later, allowed, room=12))
    assert order.index("n") <= 2
    assert Counter(order) == {"a": 4, "b": 4, "n": 4}


def test_slot_by_slot_nobody_is_passed_over():
    """With room for one at a time the memory between the rounds alone makes it fair."""
    turns, allowed = Turns(), {name: Allowance(1, 9) for name in "abc"}
    old = {"a": pieces("a", 9), "b": pieces("b", 9), "c": pieces("c", 9, at=NOON + timedelta(1))}
    order = "".join(names(turns.choose(old, allowed, room=1)) for _ in range(9))
    assert Counter(order) == {"a": 3, "b": 3, "c": 3}


@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=6),
    most=st.lists(st.integers(0, 10), min_size=6, max_size=6),
    weights=st.lists(st.integers(1, 5), min_size=6, max_size=6),
    room=st.integers(-3, 40),
)
def test_it_never_sends_more_than_there_is_may_be_or_fits(counts, most, weights, room):
    waiting = {str(at): pieces(str(at), count) for at, count in enumerate(counts)}
    allowed = {str(at): Allowance(weights[at], most[at]) for at in range(len(counts))}
    chosen = Turns().choose(waiting, allowed, room=room)
    got = Counter(one.workspace for one in chosen)
    wanted = sum(min(count, most[at]) for at, count in enumerate(counts))
    assert len(chosen) == max(0, min(room, wanted))
    assert all(got[name] <= min(len(waiting[name]), allowed[name].most) for name in waiting)
    for name in waiting:
        own = [one.id for one in chosen if one.workspace == name]
        assert own == sorted(own)


def test_pauses_grow_to_their_most():
    backoff = Backoff(first=timedelta(seconds=2), factor=3, most=timedelta(minutes=1))
    assert [backoff.pause(attempt).total_seconds() for attempt in (1, 2, 3, 4, 5, 999)] == [
        2, 6, 18, 54, 60, 60,
    ]  # fmt: skip


# --- the clock ---


def local(calendar, now, zone=SHANGHAI) -> str:
    return calendar.latest(now, zone).astimezone(zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-02-28 23:30", "2026-02-28 23:30"),
        ("2026-02-28 23:29", "2026-01-31 23:30"),
        ("2026-03-15 00:00", "2026-02-28 23:30"),
        ("2028-03-01 00:00", "2028-02-29 23:30"),
    ],
)
def test_the_end_of_a_month_is_its_last_day(now, expected):
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    assert local(month_end("23:30"), at) == expected


def test_a_day_that_a_month_lacks_is_its_last():
    assert local(Monthly(30, "08:00"), datetime(2026, 3, 2, tzinfo=UTC)) == "2026-02-28 08:00"


def test_midnight_is_each_workspace_s_own():
    daily = Daily("00:00")
    assert daily.latest(NOON, SHANGHAI) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert daily.latest(NOON, NEW_YORK) == datetime(2026, 2, 28, 5, tzinfo=UTC)


@pytest.mark.parametrize("at", ["01:30", "02:30"])
def test_days_on_which_the_clock_is_moved_have_the_moment_once(at):
    start = datetime(2026, 3, 7, 20, tzinfo=UTC)
    for first in (start, datetime(2026, 10, 31, 20, tzinfo=UTC)):
        daily = Daily(at)
        found = missed(daily, daily.after(first, NEW_YORK), first + timedelta(days=2), NEW_YORK)
        assert len({one.astimezone(NEW_YORK).date() for one in found}) == len(found) == 2


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    calendar=st.sampled_from(
        [Every(timedelta(minutes=5)), Daily("02:30"), Monthly(31, "23:59"), Monthly(1, "00:00")]
    ),
    zone=st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
)
def test_the_next_moment_is_the_one_after_the_latest(now, calendar, zone):
    latest, following = calendar.latest(now, zone), calendar.after(now, zone)
    assert latest <= now < following
    assert calendar.after(latest, zone) == following
    assert calendar.latest(following, zone) == following
