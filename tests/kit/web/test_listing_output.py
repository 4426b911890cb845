import datetime as dt
import io
from dataclasses import dataclass

import pytest
from markupsafe import Markup
from python_calamine import CalamineWorkbook
from werkzeug.datastructures import MultiDict

from kit.errors import Refused
from kit.money import Money
from kit.web import Column
from tests.kit.web.sample import LISTING, START, orders


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


def test_money_of_a_row_keeps_its_currency(app):
    with app.test_request_context():
        row = {"amount": Money(500, "JPY")}
        assert Column("amount", "x", kind="money").for_sheet(row) == 500.0
