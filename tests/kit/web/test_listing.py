import datetime as dt
import io
from dataclasses import dataclass, replace

import pytest
from markupsafe import Markup
from python_calamine import CalamineWorkbook
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    select,
)
from sqlalchemy import (
    Column as SqlColumn,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool
from werkzeug.datastructures import MultiDict

from kit import clock
from kit.errors import Refused
from kit.money import Money
from kit.web import BulkAction, Column, Filter, Listing, RowAction, StatusTabs, Tag
from kit.web.listing import listing as listing_module

metadata = MetaData()
orders = Table(
    "orders",
    metadata,
    SqlColumn("id", Integer, primary_key=True),
    SqlColumn("public_id", String, nullable=False),
    SqlColumn("number", String, nullable=False),
    SqlColumn("status", String, nullable=False),
    SqlColumn("amount", Integer, nullable=False),
    SqlColumn("due_on", Date),
    SqlColumn("placed_at", DateTime(timezone=True), nullable=False),
    SqlColumn("urgent", Boolean, nullable=False),
)
START = dt.datetime(2026, 8, 1, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def session():
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def forty(session):
    session.execute(
        orders.insert(),
        [
            {
                "id": index,
                "public_id": f"p{index:02}",
                "number": f"N{index:02}",
                "status": "new" if index % 4 else "done",
                "amount": (index % 5) * 100,
                "due_on": dt.date(2026, 8, 1 + index % 3) if index % 3 else None,
                "placed_at": (START - dt.timedelta(days=index)).replace(tzinfo=None),
                "urgent": index == 7,
            }
            for index in range(1, 41)
        ],
    )
    return select(orders)


@pytest.fixture
def small(monkeypatch):
    """Numbered pages end after 30 matches, so that forty rows are many."""
    monkeypatch.setattr(listing_module, "COUNTED", 30)


LISTING = Listing(
    "orders",
    [
        Column("number", "Number", sort="number", copy=True, text=True),
        Column("status", "Status", kind="tag", tags={"new": Tag("New", "blue"), "done": "Done"}),
        Column("amount", "Amount", kind="money", sort="amount"),
        Column("due_on", "Due", kind="date", sort="due_on"),
        Column(
            "placed_at",
            "Placed",
            kind="datetime",
            sort="placed_at",
            exported=lambda row: row.placed_at.replace(tzinfo=dt.UTC),
            markup=lambda _row: Markup("<time>x</time>"),
        ),
        Column("secret", "Secret", value=lambda _row: "internal", export=False, hidden=True),
    ],
    filters=[
        Filter.search(lambda statement, value: statement.where(orders.c.number.contains(value))),
        Filter.text("number", "Number"),
        Filter.choice(
            "state",
            "State",
            [("new", "New"), ("done", "Done")],
            column=orders.c.status,
            multiple=True,
        ),
        Filter.date_range("placed_at", "Placed"),
        Filter.date_range("due_on", "Due", folded=True),
        Filter.flag("urgent", "Urgent"),
    ],
    tabs=StatusTabs([("new", "New"), ("done", "Done")]),
    row_url=lambda row: f"/orders/{row.public_id}",
    actions=[
        RowAction("Open", lambda row: f"/orders/{row.public_id}", drawer=True),
        RowAction(
            "Cancel",
            lambda _row: "/cancel",
            post=True,
            confirm=lambda row: f"Cancel {row.number}?",
            visible=lambda row: row.status == "new",
        ),
    ],
    bulk=[BulkAction("Audit", "/audit", "checks", confirm="Sure?")],
)


@pytest.fixture
def ask(app, session, forty):
    def ask(**args):
        with (
            app.test_request_context("/orders", headers={"Cookie": "language=en"}),
            clock.moved(START),
        ):
            return LISTING.page(forty, session, args=MultiDict(args))

    return ask


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
        assert page.total == 40

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

    def test_an_unknown_tab_is_the_first(self, ask):
        assert ask(status="'; drop").tab == ""

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

    def test_an_undeclared_column_does_not_sort(self, ask):
        assert ask(sort="public_id").ordering.key == "-id"
        assert ask(sort="secret").ordering.key == "-id"

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

    def test_a_row_that_has_gone_leads_to_the_start(self, ask):
        assert ask(after="nobody").rows[0].id == 40
        assert ask(before="nobody").rows[0].id == 40

    def test_addresses_carry_no_inner_ids(self, app, ask):
        with app.test_request_context("/orders"):
            assert "after=p" in ask(sort="amount").next_url
            assert "before=p" in ask(sort="amount", after="p10").previous_url


class TestExport:
    def read(self, answer):
        answer.direct_passthrough = False
        return (
            CalamineWorkbook.from_filelike(io.BytesIO(answer.get_data()))
            .get_sheet_by_index(0)
            .to_python()
        )

    def test_it_obeys_filter_and_tab(self, app, session, forty):
        seen = []
        with app.test_request_context(headers={"Cookie": "language=en"}):
            answer = LISTING.export(
                forty,
                session,
                args=MultiDict({"q": "N0", "status": "done"}),
                on_export=lambda count, args: seen.append((count, args["q"])),
            )
            rows = self.read(answer)
        answer.close()
        assert rows[0] == ["Number", "Status", "Amount", "Due", "Placed"]
        assert [row[0] for row in rows[1:]] == ["N08", "N04"]
        assert rows[1][1:3] == ["Done", 3.0]
        assert seen == [(2, "N0")]
        assert "orders-" in answer.headers["Content-Disposition"]

    def test_a_refusal_lets_no_byte_out(self, app, session, forty):
        def refuse(_count, _args):
            raise Refused("Not today.")

        with app.test_request_context(), pytest.raises(Refused):
            LISTING.export(forty, session, args=MultiDict(), on_export=refuse)

    def test_text_stays_text_and_nothing_becomes_a_formula(self, app):
        from kit.web.listing.export import write_sheet

        @dataclass
        class Card:
            iccid: str
            note: str
            count: int
            ok: bool
            phone: str

        columns = [
            Column("iccid", "ICCID", text=True),
            Column("note", "Note"),
            Column("count", "Count", kind="number"),
            Column("ok", "OK", kind="bool"),
            Column("phone", "Phone", kind="mask", text=True),
            Column("nothing", "Nothing", value=lambda _card: None),
        ]
        file = io.BytesIO()
        with app.test_request_context(headers={"Cookie": "language=en"}):
            assert (
                write_sheet(
                    file,
                    columns,
                    [Card("89860012345678901234", '=HYPERLINK("x")', 3, True, "13800138000")],
                )
                == 1
            )
        file.seek(0)
        rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
        assert rows[1] == ["89860012345678901234", '=HYPERLINK("x")', 3.0, "Yes", "138****8000", ""]

    def test_an_empty_list_has_a_heading(self, app, session, forty):
        with app.test_request_context(headers={"Cookie": "language=en"}):
            answer = LISTING.export(forty, session, args=MultiDict({"q": "nothing"}))
            assert len(self.read(answer)) == 1
        answer.close()


LIST_TEMPLATE = """{% extends layout %}
{% from "kit/listing.html" import list_view %}
{% block title %}Orders{% endblock %}
{% block content %}
{% call list_view(listing) %}<a href="/new">New</a>{% endcall %}
{% endblock %}"""


class TestPage:
    @pytest.fixture
    def url(self, app, session, forty, template):
        template(
            "list.html",
            LIST_TEMPLATE,
        )
        app.add_url_rule("/orders", "orders", lambda: LISTING.respond(forty, session, "list.html"))
        return "/orders"

    def test_it_works(self, client, url):
        text = client.get(url).text
        assert "40 records" in text
        assert text.count("<tr data-key=") == 20
        assert 'data-confirm="Cancel N39?"' in text
        assert "aria-sort" not in text
        assert 'data-copy="N40"' in text

    def test_filters_stay_in_the_form(self, client, url):
        text = client.get(f"{url}?q=%3Cb%3E&placed_at_from=2026-07-01&sort=-amount").text
        assert 'value="&lt;b&gt;"' in text
        assert 'value="2026-07-01"' in text
        assert 'aria-sort="descending"' in text or "Nothing matches" in text

    def test_a_folded_filter_in_use_is_unfolded(self, client, url):
        assert "is-open" in client.get(f"{url}?due_on_from=2026-08-01").text
        assert "is-open" not in client.get(url).text

    def test_no_match_and_no_rows_differ(self, client, url, session):
        assert "Nothing matches" in client.get(f"{url}?q=zzz").text
        session.execute(orders.delete())
        assert "Nothing here yet" in client.get(url).text

    def test_an_error_is_described(self, client, url):
        text = client.get(f"{url}?number={'x' * 201}").text
        assert 'aria-invalid="true" aria-describedby="list-orders-number-error"' in text

    @pytest.mark.usefixtures("small")
    def test_many_rows_page_by_key(self, client, url):
        text = client.get(url).text
        assert "30+ records" in text
        assert "after=p21" in text

    def test_export_comes_from_the_same_address(self, client, url):
        answer = client.get(f"{url}?export=xlsx", buffered=True)
        assert answer.mimetype.endswith("spreadsheetml.sheet")

    def test_ids_are_unique(self, client, url):
        import re

        ids = re.findall(r'\sid="([^"]+)"', client.get(url).text)
        assert len(ids) == len(set(ids))


class TestCells:
    def test_they_escape_always(self):
        row = {"name": "<script>", "inner": {"name": Markup("<b>x</b>")}}
        assert Column("name", "n").cell(row) == "&lt;script&gt;"
        assert Column("inner.name", "n").cell(row) == "&lt;b&gt;x&lt;/b&gt;"
        assert Column("name", "n", second="inner.name").second_line(row) == "&lt;b&gt;x&lt;/b&gt;"
        assert Column("name", "n", markup=lambda _row: "<i>").cell(row) == "&lt;i&gt;"

    def test_a_gap_in_the_path_is_a_dash(self):
        assert Column("a.b", "x").cell({"a": None}) == "–"
        assert Column("a", "x", second="b").second_line({"a": 1, "b": None}) == ""
        assert Column("a", "x", copy=True).copied({"a": None}) is None

    def test_kinds(self, app, noon):
        with app.test_request_context(headers={"Cookie": "language=en"}):
            row = {
                "n": 1234567,
                "yes": True,
                "phone": "+8613800138000",
                "day": noon,
                "currency": "USD",
            }
            assert Column("n", "x", kind="number").cell(row) == "1,234,567"
            assert (
                Column("n", "x", kind="money", currency=lambda r: r["currency"]).cell(row)
                == "$12,345.67"
            )
            assert Column("n", "x", kind="money").for_sheet(row) == 12345.67
            assert Column("yes", "x", kind="bool").cell(row) == "Yes"
            assert Column("phone", "x", kind="phone").cell(row) == "138 0013 8000"
            assert Column("phone", "x", kind="mask").cell(row) == "138****8000"
            assert Column("day", "x", kind="date").cell(row) == "2026-08-01"
            assert Column("day", "x", kind="date").for_sheet(row) == dt.date(2026, 8, 1)
            assert Column("day", "x", kind="datetime").for_sheet(row) == START.replace(
                hour=12, tzinfo=None
            )

    def test_numbers_stand_at_the_end(self):
        assert Column("n", "x", kind="money").placed == "end"
        assert Column("n", "x").placed == "start"
        assert Column("n", "x", kind="money", align="center").placed == "center"


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


def test_money_of_a_row_keeps_its_currency(app):
    with app.test_request_context():
        row = {"amount": Money(500, "JPY")}
        assert Column("amount", "x", kind="money").for_sheet(row) == 500.0
