"""Time comes from one clock that can be held; identifiers follow it and cannot be guessed."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from kit import clock, ids, tenancy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_clock_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_held_clock_stands_still_and_is_let_go():
    with clock.moved(NOON):
        assert clock.now() == NOON == clock.now()
    assert clock.now() > NOON


def test_a_held_clock_moves_on_when_told():
    with clock.moved(NOON):
        clock.advance(timedelta(minutes=5))
        assert clock.now() == NOON + timedelta(minutes=5)


def test_a_file_makes_a_month_go_by_and_a_broken_one_does_not(tmp_path, monkeypatch):
    path = tmp_path / "clock"
    monkeypatch.setattr(clock, "_LOOKED_AT_FOR", 0.0)
    clock.follow(path)
    try:
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
        path.write_text("2592000")
        ahead = clock.now() - datetime.now(UTC)
        assert abs(ahead - timedelta(days=30)) < timedelta(seconds=5)
        for broken in ("", "soon", "1e400", "inf", "nan"):
            path.write_text(broken)
            assert abs(clock.now() - datetime.now(UTC) - timedelta(days=30)) < timedelta(seconds=5)
        with clock.moved(NOON):
            assert clock.now() == NOON
    finally:
        clock.follow(None)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_held_clocks_nest():
    with clock.moved(NOON):
        with clock.moved(NOON + timedelta(days=1)):
            clock.advance(timedelta(days=1))
            assert clock.now() == NOON + timedelta(days=2)
        assert clock.now() == NOON


def test_another_zones_time_is_held_in_utc():
    with clock.moved(datetime(2026, 3, 1, 20, tzinfo=timezone(timedelta(hours=8)))):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"), clock.moved(datetime(2026, 3, 1)):  # noqa: DTZ001
        pass
    assert clock.now() > NOON


def test_a_free_clock_does_not_move_on():
    with pytest.raises(RuntimeError, match="not held"):
        clock.advance(timedelta(seconds=1))


def test_today_is_the_workspaces_day():
    late = datetime(2026, 3, 1, 17, tzinfo=UTC)
    there = tenancy.Workspace(1, "t_x", "main", "x", "x", timezone="America/New_York")
    with clock.moved(late):
        assert clock.today() == date(2026, 3, 2)
        with tenancy.enter(there):
            assert clock.today() == date(2026, 3, 1)


def test_ids_are_ordered_by_time():
    made = []
    for milliseconds in range(0, 5_000, 7):
        with clock.moved(NOON + timedelta(milliseconds=milliseconds)):
            made.append(ids.new())
    assert made == sorted(made)
    assert len(set(made)) == len(made) == 715


def test_ids_of_one_instant_differ():
    with clock.moved(NOON):
        made = {ids.new() for _ in range(1_000)}
    assert len(made) == 1_000
    assert len({one[:10] for one in made}) == 1


def test_ids_are_26_characters_that_nobody_confuses():
    made = ids.new()
    assert len(made) == ids.LENGTH == 26
    assert ids.is_id(made)
    assert not set(made) & set("ilou")


@pytest.mark.parametrize(
    "text",
    ["", "0" * 25, "0" * 27, "0" * 25 + "u", "0" * 25 + "A", "0" * 25 + "\n", "../" + "0" * 23],
)
def test_what_is_no_id_is_told_apart(text):
    assert not ids.is_id(text)


def test_secrets_are_long_and_safe_in_links():
    made = {ids.secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 43 and one.replace("-", "").replace("_", "").isalnum() for one in made)
    assert len(ids.secret(16)) == 22


def test_many_ids_are_of_the_same_kind():
    with clock.moved(datetime(2026, 8, 1, tzinfo=UTC)):
        made, one = ids.many(50), ids.new()
    assert len(set(made)) == 50
    assert all(ids.is_id(each) and each[:10] == one[:10] for each in made)
