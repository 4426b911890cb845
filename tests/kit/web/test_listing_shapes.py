"""Sums, groups, charts, columns, paper and what is done with many rows."""

from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from kit.errors import Forbidden, Missing, Refused
from kit.web import Column, Grouping, for_each, use_frame
from kit.web.desk import Arrangement, SavedList
from kit.web.frame import Frame
from kit.web.listing import listing as listing_module
from tests.kit.web.sample import LISTING, orders
from tests.kit.web.test_listing_output import LIST_TEMPLATE

SHAPED = replace(
    LISTING,
    columns=[
        replace(column, total=orders.c.amount) if column.name == "amount" else column
        for column in LISTING.columns
    ],
    groupings=[
        Grouping("state", "State", orders.c.status, names={"new": "New"}, parameter="status"),
        Grouping(
            "number",
            "Number",
            orders.c.number,
            names=lambda values: {value: (f"No. {value}", {"number": value}) for value in values},
            in_order=True,
        ),
    ],
)


@pytest.fixture
def shaped(app, session, forty):
    def shaped(listing=SHAPED, desk=None, **args):
        with app.test_request_context("/orders", headers={"Cookie": "language=en"}):
            use_frame(Frame(desk=desk))
            return listing.page(forty, session, args=MultiDict(args))

    return shaped


class Desk:
    """A desk of one arrangement."""

    def __init__(self, **values):
        self.values = values

    def arrangement(self, listing):
        assert listing == "orders"
        return Arrangement(**self.values)


def view(key="v1", query="q=N0&sort=-amount", name="Mine"):
    return SavedList(key=key, name=name, query=query, is_own=True, is_shared=False)


class TestGroups:
    def test_they_count_and_sum_all_matches(self, shaped):
        groups = shaped(group="state").groups
        amount = SHAPED.columns[2]
        assert [(one.label, one.count, one.parameters) for one in groups.rows] == [
            ("New", 30, {"status": "new"}),
            ("done", 10, {"status": "done"}),
        ]
        assert sum(one.of(amount)[0].value for one in groups.rows) == 8 * 1000
        assert "2.00" in groups.rows[0].average(amount)

    def test_they_obey_the_filters_and_lead_to_rows(self, app, shaped):
        page = shaped(group="number", q="N0", status="done")
        assert [one.label for one in page.groups.rows] == ["No. N04", "No. N08"]
        with app.test_request_context("/orders"):
            assert page.group_url(page.groups.rows[0]) == "/orders?q=N0&status=done&number=N04"

    def test_a_chart_puts_the_small_ones_together(self, shaped):
        option = shaped(group="number", chart="bar").groups.option()
        assert option["xAxis"]["data"][-1] == "Others"
        assert option["series"][0]["data"][-1] == 20
        pie = shaped(group="state", chart="pie", measure="amount").groups.option()
        assert {one["name"] for one in pie["series"][0]["data"]} == {"New", "done"}
        assert sum(one["value"] for one in pie["series"][0]["data"]) == 80.0

    def test_an_unknown_chart_is_a_table(self, shaped):
        assert shaped(group="state", chart="3d").groups.chart == "table"


class TestColumns:
    def test_the_address_says_which_and_in_which_order(self, shaped):
        names = [one.name for one in shaped(cols="amount,number,unheard_of").columns]
        assert names == ["amount", "number"]

    def test_without_any_the_usual_ones_stand(self, shaped):
        usual = [one.name for one in SHAPED.columns if not one.hidden]
        assert [one.name for one in shaped().columns] == usual
        assert [one.name for one in shaped(cols="unheard_of").columns] == usual

    def test_a_person_has_an_order_of_his_own(self, shaped):
        page = shaped(desk=Desk(columns=("status", "number"), density="compact"))
        assert [one.name for one in page.columns] == ["status", "number"]
        assert [shown for _column, shown in page.all_columns][:3] == [True, True, False]
        assert page.density == "compact"

    def test_the_split_view_keeps_some(self, shaped):
        assert shaped(cols="number,amount").summary == {"number", "amount"}
        marked = replace(SHAPED, columns=[replace(SHAPED.columns[2], summary=True)])
        assert shaped(marked).summary == {"amount"}


class TestViews:
    def test_the_default_stands_in_where_nothing_is_asked(self, shaped):
        desk = Desk(views=[view()], default="v1")
        page = shaped(desk=desk)
        assert (page.total, page.ordering.key, page.view.name) == (9, "-amount", "Mine")
        assert not page.view_is_changed
        assert shaped(desk=desk, view="-").total == 40
        assert shaped(desk=desk, number="N40").total == 1

    def test_a_view_may_be_changed_while_it_is_shown(self, app, shaped):
        page = shaped(desk=Desk(views=[view()]), view="v1", q="N1", sort="-amount")
        assert (page.total, page.view_is_changed) == (10, True)
        with app.test_request_context("/orders"):
            assert page.view_url(page.view) == "/orders?q=N0&sort=-amount&view=v1"

    def test_a_view_that_is_gone_is_a_sentence(self, shaped):
        assert shaped(desk=Desk(), view="v9").state == "wrong"

    def test_a_view_of_a_filter_that_has_gone_is_a_sentence(self, shaped):
        page = shaped(desk=Desk(views=[view(query="weather=rain")]), view="v1")
        assert page.faults == ["This list has no field “weather”."]


class TestPages:
    @pytest.fixture
    def url(self, app, session, forty, template):
        template("list.html", LIST_TEMPLATE)
        seen = []
        app.add_url_rule(
            "/orders",
            "orders",
            lambda: SHAPED.respond(
                forty, session, "list.html", on_export=lambda count, _args: seen.append(count)
            ),
        )
        app.extensions["seen"] = seen
        return "/orders"

    def test_totals_arrive_after_the_rows(self, client, url):
        assert "part=totals" in client.get(url).text
        assert "¥80.00" in client.get(f"{url}?part=totals").text

    def test_groups_and_charts_are_drawn(self, client, url):
        assert client.get(f"{url}?group=state").text.count('data-key="group-') == 2
        assert "data-chart" in client.get(f"{url}?group=state&chart=pie&measure=amount").text

    def test_paper_has_all_rows_and_is_logged(self, app, client, url, monkeypatch):
        text = client.get(f"{url}?print=yes&status=new").text
        assert text.count("<tr>") == 31
        assert "¥" in text
        monkeypatch.setattr(listing_module, "PRINTED", 5)
        assert "Only the first 5 records are printed." in client.get(f"{url}?print=yes").text
        assert app.extensions["seen"] == [30, 5]

    def test_paper_says_what_is_wrong(self, client, url):
        assert "no field" in client.get(f"{url}?print=yes&colour=red").text

    def test_the_state_is_in_the_page(self, client, url):
        assert 'data-state="wrong"' in client.get(f"{url}?colour=red").text
        assert 'data-state="unmatched"' in client.get(f"{url}?q=zzz").text

    def test_a_list_that_is_asked_anew_without_right_says_so_in_its_place(self, app, client):
        def refuse():
            raise Forbidden("x")

        app.add_url_rule("/secret", "secret", refuse)
        headers = {"HX-Request": "true", "HX-Target": "div#list-orders-body"}
        answer = client.get("/secret", headers=headers)
        assert answer.status_code == 403
        assert 'id="list-orders-body" data-state="denied"' in answer.text


class TestMany:
    def test_each_has_a_result_and_none_stops_the_rest(self):
        def fetch(key):
            if key == "gone":
                raise Missing(key)
            if key == "foreign":
                raise Forbidden(key)
            return key

        def act(row):
            if row == "bad":
                raise Refused("Not this one.")
            if row == "late":
                raise Missing(row)
            if row == "closed":
                raise Forbidden(row)

        keys = ["a", "gone", "bad", "foreign", "late", "closed", "a", "b"]
        results = for_each(keys, fetch, act, name=str.upper)
        assert [(one.name, one.outcome.value) for one in results] == [
            ("A", "done"),
            ("", "gone"),
            ("BAD", "refused"),
            ("", "denied"),
            ("LATE", "gone"),
            ("CLOSED", "denied"),
            ("B", "done"),
        ]
        assert results[2].words == "Not this one."

    def test_everything_that_matches_may_be_selected(self, app, session, forty):
        with app.test_request_context("/"):
            form = MultiDict({"all_matching": "yes", "query": "status=done&q=N0"})
            assert LISTING.selected(forty, session, form) == ["p08", "p04"]
            assert LISTING.selected(
                forty, session, MultiDict([("ids", "p1"), ("ids", "p1"), ("ids", "x" * 99)])
            ) == ["p1"]

    @pytest.mark.parametrize("query", ["colour=red", "sort=secret", "&".join(["q=1"] * 400)])
    def test_conditions_that_make_no_sense_select_nothing(self, app, session, forty, query):
        form = MultiDict({"all_matching": "yes", "query": query})
        with app.test_request_context("/"):
            if "colour" in query or "secret" in query:
                with pytest.raises(Refused):
                    LISTING.selected(forty, session, form)
            else:
                assert LISTING.selected(forty, session, form)

    def test_too_many_are_refused(self, app, session, forty):
        with app.test_request_context("/"):
            for form in (
                MultiDict({"all_matching": "yes", "query": ""}),
                MultiDict([("ids", f"p{index}") for index in range(4)]),
            ):
                with pytest.raises(Refused, match="At most 3"):
                    LISTING.selected(forty, session, form, most=3)


def test_a_sum_of_nothing_is_nothing(shaped):
    assert shaped(group="state", q="zzz").groups.rows == []
    other = Column("other", "Other")
    assert shaped(group="state").groups.rows[0].average(other) == "–"
