from dataclasses import replace

import pytest
from sqlalchemy import (
    create_engine,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.datastructures import MultiDict

from kit.errors import Refused
from kit.web import Column, Filter, Listing, StatusTabs
from kit.web.listing import listing as listing_module
from tests.kit.web.sample import LISTING, orders


class TestFilters:
    def test_nothing_asked_shows_the_newest(self, ask):
        page = ask()
        assert [row.id for row in page.rows] == list(range(40, 20, -1))
        assert (page.total, page.total_text, page.pages, page.has_next) == (40, "40", 2, True)

    def test_text_is_exact_and_search_is_the_callers(self, ask):
        assert [row.number for row in ask(number="N07").rows] == ["N07"]
        assert ask(number="N0").total == 0
        assert ask(q="N0").total == 9

    def test_many_choices(self, ask):
        assert ask(state=["new", "done"]).total == 40
        assert ask(state=["done"]).total == 10

    def test_days_are_the_workspaces_days(self, ask):
        # The row of 31 July was placed at noon in Shanghai.
        assert [
            row.id for row in ask(placed_at_from="2026-07-31", placed_at_to="2026-07-31").rows
        ] == [1]

    @pytest.mark.parametrize(
        ("name", "count"),
        [("today", 0), ("yesterday", 1), ("7days", 6), ("month", 0), ("last_month", 31)],
    )
    def test_quick_ranges(self, ask, name, count):
        assert ask(placed_at=name).total == count

    def test_a_day_column_is_compared_as_days(self, ask):
        assert (
            ask(due_on_from="2026-08-03").total
            == ask(due_on_to="2026-08-03", due_on_from="2026-08-03").total
            > 0
        )
        assert ask(due_on_to="2026-08-02").total > 0

    def test_flags(self, ask):
        assert ask(urgent="yes").total == 1
        assert ask(urgent="no").total == 39

    @pytest.mark.parametrize(
        ("args", "name"),
        [
            ({"placed_at_from": "2026-13-01"}, "placed_at"),
            ({"placed_at_to": "0001-01-01"}, "placed_at"),
            ({"placed_at_from": "2026-08-02", "placed_at_to": "2026-08-01"}, "placed_at"),
            ({"state": "gone"}, "state"),
            ({"urgent": "maybe"}, "urgent"),
            ({"number": "x" * 201}, "number"),
            ({"number": "a\x00b"}, "number"),
        ],
    )
    def test_nonsense_is_answered_beside_the_field(self, ask, args, name):
        page = ask(**args)
        assert page.errors[name]
        # No row is shown, rather than all of them.
        assert (page.state, page.rows, page.total) == ("wrong", [], 0)

    @pytest.mark.parametrize(
        ("args", "sentence"),
        [
            ({"colour": "red"}, "This list has no field “colour”."),
            ({"\ud800\u202e": "x"}, "This list has no field “”."),
            ({"sort": "-public_id"}, "This list cannot be sorted by “public_id”."),
            ({"sort": "secret"}, "This list cannot be sorted by “secret”."),
            ({"group": "weather"}, "This list cannot be grouped by “weather”."),
            ({"status": "'; drop"}, "This tab does not exist any more."),
            ({"after": "nobody"}, "The row to go on from is not in this list. Start from its top."),
            (
                {"before": "p1" * 40},
                "The row to go on from is not in this list. Start from its top.",
            ),
            ({"goto": "soon", "sort": "placed_at"}, "This is not a date: soon"),
            ({"goto": "many", "sort": "amount"}, "This is not a whole number: many"),
            ({"goto": "5"}, "Sort by a column first, to go to a value of it."),
            ({"view": "gone"}, "This saved view is gone or is not shared with you any more."),
        ],
    )
    def test_what_makes_no_sense_shows_a_sentence_and_no_row(self, ask, args, sentence):
        page = ask(**args)
        assert page.faults == [sentence]
        assert (page.state, page.rows) == ("wrong", [])

    def test_what_makes_no_sense_is_not_exported(self, app, session, forty):
        with app.test_request_context(), pytest.raises(Refused, match="colour"):
            LISTING.export(forty, session, args=MultiDict({"colour": "red"}))

    def test_text_matches_escape_wildcards(self):
        statement = Filter.text("number", "n", match="contains").apply(select(orders), "100%")
        assert "100/%" in str(statement.compile(compile_kwargs={"literal_binds": True}))
        prefix = Filter.text("number", "n", match="prefix").apply(select(orders), "a_")
        assert "a/_" in str(prefix.compile(compile_kwargs={"literal_binds": True}))

    def test_a_parameter_belongs_to_one_filter(self):
        with pytest.raises(ValueError, match="status"):
            Listing("x", [], filters=[Filter.text("status", "x")], tabs=StatusTabs([]))
        with pytest.raises(ValueError, match="page"):
            Listing("x", [], filters=[Filter.text("page", "x")])


class TestTabs:
    def test_they_narrow_and_count(self, ask):
        page = ask(status="done", q="N0")
        assert page.total == 2
        assert page.tab_counts == {"": 9, "new": 7, "done": 2}

    def test_many_read_999_plus(self, ask):
        page = ask()
        page.tab_counts["new"] = 1000
        assert page.tab_count("new") == "999+"
        assert page.tab_count("unknown") is None

    def test_counts_stop(self, ask, monkeypatch):
        monkeypatch.setattr(listing_module, "TAB_COUNTED", 4)
        assert ask().tab_counts == {"": 5, "new": 5, "done": 5}

    def test_a_tab_may_stand_for_several_values(self, session, forty, app):
        tabs = StatusTabs(
            [("open", "Open")],
            custom={"open": lambda s: s.where(orders.c.status != "done")},
            counts=False,
        )
        with app.test_request_context("/"):
            page = Listing("x", [], tabs=tabs).page(
                forty, session, args=MultiDict({"status": "open"})
            )
        assert page.total == 30
        assert page.tab_counts == {}


class TestOrder:
    def test_ties_are_broken_by_id(self, ask):
        rows = ask(sort="amount", size="50").rows
        assert [(row.amount, row.id) for row in rows] == sorted(
            (row.amount, row.id) for row in rows
        )
        rows = ask(sort="-amount", size="50").rows
        assert [(-row.amount, -row.id) for row in rows] == sorted(
            (-row.amount, -row.id) for row in rows
        )

    def test_pages(self, ask):
        assert [row.id for row in ask(page="2").rows] == list(range(20, 0, -1))
        assert ask(page="99").number == 2
        assert ask(page="-1").number == ask(page="x").number == ask(page="1" * 9).number == 1
        assert ask(size="7").size == 20
        assert len(ask(size="50").rows) == 40


@pytest.mark.usefixtures("small")
class TestManyRows:
    @pytest.mark.parametrize("sort", ["due_on", "-due_on"])
    def test_it_goes_on_from_a_row_without_a_value(self, app, session, forty, sort):
        short = replace(LISTING, page_size=5)
        seen, args = [], {"sort": sort}
        with app.test_request_context("/orders"):
            while True:
                page = short.page(forty, session, args=MultiDict(args))
                seen += [row.id for row in page.rows]
                if not page.has_next:
                    break
                args["after"] = page.key(page.rows[-1])
        assert sorted(seen) == list(range(1, 41))

    @pytest.mark.parametrize(
        "sort", ["-id", "id", "amount", "-amount", "due_on", "-due_on", "number"]
    )
    def test_going_on_and_back_sees_every_row_once(self, ask, sort):
        page = ask(sort=sort)
        assert page.by_key
        assert page.total_text == "30+"
        assert not page.has_previous
        pages = [[row.id for row in page.rows]]
        while page.has_next:
            page = ask(sort=sort, after=page.key(page.rows[-1]))
            pages.append([row.id for row in page.rows])
        assert sorted(one for ids in pages for one in ids) == list(range(1, 41))
        page = ask(sort=sort, before=page.key(page.rows[0]))
        assert [row.id for row in page.rows] == pages[-2]
        assert not page.has_previous

    def test_going_back_past_the_start_shows_a_full_first_page(self, ask):
        page = ask(before="p38")
        assert page.rows[0].id == 40
        assert len(page.rows) == 20

    @pytest.mark.parametrize(
        ("args", "first"),
        [
            ({"sort": "-placed_at", "goto": "2026-07-30"}, 2),
            ({"sort": "placed_at", "goto": "2026-07-30"}, 2),
            ({"sort": "-amount", "goto": "150"}, 36),
            ({"sort": "number", "goto": "N2"}, 20),
            ({"sort": "due_on", "goto": "2026-08-03"}, 2),
        ],
    )
    def test_one_goes_to_a_value(self, ask, args, first):
        page = ask(**args)
        assert page.rows[0].id == first
        assert page.has_previous
        assert page.jumps

    def test_one_goes_to_what_the_ids_are_known_by(self, app, session, forty):
        listing = replace(LISTING, jump=lambda typed: int(typed) if typed.isdigit() else None)
        with app.test_request_context("/orders"):
            assert listing.page(forty, session, args=MultiDict({"goto": "12"})).rows[0].id == 12
            lost = listing.page(forty, session, args=MultiDict({"goto": "x"}))
        assert lost.faults == ["There is nothing at or before “x”."]

    def test_a_row_that_left_the_selection_is_still_a_place(self, ask):
        """Its state changed while the page was read: the next page goes on after it."""
        page = ask(status="new", after="p08")
        assert [row.id for row in page.rows] == [7, 6, 5, 3, 2, 1]

    def test_addresses_carry_no_inner_ids(self, app, ask):
        with app.test_request_context("/orders"):
            assert "after=p" in ask(sort="amount").next_url
            assert "before=p" in ask(sort="amount", after="p10").previous_url


def test_objects_come_out_as_objects(app):
    class Base(DeclarativeBase):
        pass

    class Thing(Base):
        __tablename__ = "things"
        id: Mapped[int] = mapped_column(primary_key=True)
        public_id: Mapped[str]

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session, app.test_request_context("/"):
        session.add(Thing(public_id="a"))
        session.flush()
        listing = Listing("things", [Column("public_id", "ID")])
        assert isinstance(listing.page(select(Thing), session, args=MultiDict()).rows[0], Thing)
        assert (
            listing.page(select(Thing.id, Thing.public_id), session, args=MultiDict())
            .rows[0]
            .public_id
            == "a"
        )
    engine.dispose()


def test_page_numbers_leave_gaps(ask):
    page = replace(ask(), total=400, number=10)
    assert list(page.page_numbers()) == [1, None, 8, 9, 10, 11, 12, None, 20]


def test_an_address_drops_what_is_empty_and_turns_the_order(app, ask):
    page = ask(q="N", number="", sort="number")
    with app.test_request_context("/orders"):
        assert page.here == "/orders?q=N&sort=number"
        assert page.sort_url(LISTING.columns[0]) == "/orders?q=N&sort=-number"
        assert ask().here == "/orders"
    assert page.sorted(LISTING.columns[0]) == "ascending"
    assert ask(sort="-number").sorted(LISTING.columns[0]) == "descending"


def test_a_list_may_name_its_own_columns(app, session, forty):
    listing = Listing("x", [], key="number", key_column=orders.c.number, identity=orders.c.id)
    with app.test_request_context("/"):
        answer = listing.export(forty, session, args=MultiDict())
        answer.close()
        assert listing.page(forty, session, args=MultiDict()).key(session.execute(forty).first())


@pytest.mark.usefixtures("small")
def test_going_on_uses_the_named_key(app, session, forty):
    listing = Listing("x", [], key="number", key_column=orders.c.number)
    with app.test_request_context("/"):
        page = listing.page(forty, session, args=MultiDict({"after": "N21"}))
    assert page.rows[0].id == 20


def test_days_may_be_open_at_one_end(ask):
    assert ask(placed_at_to="2026-07-10").total == 19
    assert ask(placed_at_from="2026-07-10").total == 22
