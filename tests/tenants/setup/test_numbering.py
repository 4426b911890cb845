"""Numbers of documents: as the rule says, never twice, whatever becomes of the rule."""

from datetime import date

import pytest

from kit import audit, clock
from kit.errors import Refused
from tenants.setup import numbering, services
from tenants.setup.feedback import FEEDBACK
from tenants.setup.models import DatePart, Reset
from tenants.setup.numbering import Rule
from tests.factories import accounts
from tests.factories.setup import make_report

BY = audit.SYSTEM
RULE = {"prefix": "FB", "date_part": "month", "width": 4, "reset": "month"}


def change(version=0, **more):
    services.set_rule(FEEDBACK, version=version, **RULE | more, by=BY)


def test_a_number_is_what_its_rule_says():
    day = date(2026, 8, 1)
    assert Rule("FB").number(day, 7) == "FB-202608-0007"
    assert Rule("", DatePart.NONE, 3, Reset.NEVER).number(day, 12_345) == "12345"
    assert Rule("A1", DatePart.DAY, 3, Reset.DAY).number(day, 1) == "A1-20260801-001"


def test_the_preview_is_the_next_number_and_takes_none(in_acme):
    first = numbering.preview(FEEDBACK)
    assert numbering.preview(FEEDBACK) == first
    assert make_report().number == first
    assert numbering.preview(FEEDBACK) > first
    assert numbering.take_many(FEEDBACK, 0) == []
    assert len(set(numbering.take_many(FEEDBACK, 3))) == 3


def test_the_counter_begins_again_with_the_period(in_acme, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 8, 31))
    assert [numbering.take(FEEDBACK) for _ in range(2)] == ["FB-202608-0001", "FB-202608-0002"]
    monkeypatch.setattr(clock, "today", lambda: date(2026, 9, 1))
    assert numbering.take(FEEDBACK) == "FB-202609-0001"


def test_no_change_of_the_rule_gives_a_number_twice(in_acme):
    given = numbering.take_many(FEEDBACK, 5)
    ways = [
        {"reset": "year", "date_part": "month"},
        {"reset": "never", "date_part": "month"},
        {"prefix": "X"},
        {"reset": "month"},
        {"reset": "day", "date_part": "day"},
        {"reset": "month"},
    ]
    for version, way in enumerate(ways):
        change(version, **way)
        expected = numbering.preview(FEEDBACK)
        more = numbering.take_many(FEEDBACK, 5)
        assert more[0] == expected
        given += more
    assert len(set(given)) == len(given)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"prefix": "1A"}, "prefix"),
        ({"prefix": "TOOLONGPREFIX"}, "prefix"),
        ({"prefix": "A-B"}, "prefix"),
        ({"width": 2}, "width"),
        ({"width": 11}, "width"),
        ({"reset": "day"}, "reset"),
        ({"reset": "month", "date_part": "none"}, "reset"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(in_acme, typed, field):
    with pytest.raises(Refused) as refused:
        change(**typed)
    assert refused.value.field == field
    assert numbering.rule_of(FEEDBACK) == FEEDBACK.rule


def test_the_page_changes_it_and_says_the_next_number(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = RULE | {"prefix": "wt", "width": "5"}
    assert browser.submit("/settings/numbering/feedback", typed).location == "/settings/numbering/"
    assert numbering.preview(FEEDBACK).startswith("WT-")
    assert numbering.preview(FEEDBACK) in browser.get("/settings/numbering/").text
    assert browser.submit("/settings/numbering/feedback", RULE | {"width": "99"}).status_code == 422
    assert browser.get("/settings/numbering/nonsense").status_code == 404
    change(1, width=6)
    with pytest.raises(Refused, match="Somebody else"):
        change(1, width=7)
    role = accounts.make_role(permissions=["setup:view"])
    looker = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert looker.get("/settings/numbering/").status_code == 200
    assert looker.get("/settings/numbering/feedback").status_code == 403
