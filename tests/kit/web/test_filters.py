import datetime as dt

import pytest
from markupsafe import Markup

from kit.money import Money
from kit.web import Event, Tag, filters


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("13800138000", "auto", "138****8000"),
        ("+8613800138000", "phone", "138****8000"),
        ("410402199001011234", "document", "4104**********1234"),
        ("张三", "name", "张*"),
        ("欧阳娜娜", "name", "欧***"),
        ("lina@example.com", "auto", "li**@example.com"),
        ("6222021234567890", "bank", "6222********7890"),
        ("ab", "text", "a*"),
        ("x", "phone", "*"),
        ("", "auto", "–"),
        (None, "auto", "–"),
    ],
)
def test_mask(value, kind, shown):
    assert filters.mask(value, kind) == shown


def test_money(app):
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert filters.money(123456) == "CN¥1,234.56"
        assert filters.money(Money(500, "USD")) == "$5.00"
        assert filters.money(None) == "–"


def test_times(app, noon):
    with app.test_request_context():
        assert filters.datetime_text(noon) == "2026-08-01 12:00"
        assert filters.date_text(noon) == "2026-08-01"
        assert filters.date_text(dt.date(2026, 1, 2)) == "2026-01-02"
        assert (
            filters.datetime_text(None)
            == filters.date_text(None)
            == filters.time_element(None)
            == "–"
        )
        assert 'datetime="2026-08-01T04:00:00+00:00"' in filters.time_element(noon)


def test_numbers_are_grouped_344():
    assert filters.number_344("+8613800138000") == "138 0013 8000"
    assert filters.number_344("1440012345678") == "1440012345678"
    assert filters.number_344(None) == "–"


def test_a_tag_says_its_meaning_in_words():
    html = Markup.escape(Tag("<New>", "blue"))
    assert "&lt;New&gt;" in html
    assert "pill-blue" in html
    assert "pill-gray" in Markup.escape(Tag("x", 'blue" onclick="'))
    assert "ti-check" in Markup.escape(Tag("x", icon="check"))


def test_tag_looks_up_its_label():
    labels = {"new": Tag("New", "blue"), "old": "Old"}
    assert filters.tag("new", labels) is labels["new"]
    assert str(filters.tag("old", labels)) == "Old"
    assert str(filters.tag("other", labels)) == "other"
    assert filters.tag("x", lambda value: Tag(value * 2)) == Tag("xx")
    assert filters.tag(None) == "–"
    assert filters.tag(labels["new"]) is labels["new"]


def test_a_description_copies_only_what_it_is_told_to(app):
    parts = app.jinja_env.get_template("kit/parts.html").module
    pairs = [
        ("Number", "N1", True),
        ("Note", None),
        {"label": "Remark", "value": "x", "wide": True},
    ]
    with app.test_request_context(headers={"Cookie": "language=en"}):
        html = str(parts.details(pairs))
    assert html.count("data-copy=") == 1
    assert "–" in html
    assert "is-wide" in html


def test_a_timeline_tells_who_and_from_what_to_what(app, noon):
    parts = app.jinja_env.get_template("kit/parts.html").module
    with app.test_request_context(headers={"Cookie": "language=en"}):
        html = str(parts.timeline([Event(noon, "Li <Na>", "Audit", "new", "audited", raw="2001")]))
        assert "Nothing has happened yet" in str(parts.timeline([]))
    assert "Li &lt;Na&gt;" in html
    assert "2026-08-01 12:00" in html
    assert "2001" in html
