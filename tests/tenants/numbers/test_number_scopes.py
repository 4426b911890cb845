"""Whose numbers and SIM cards somebody sees and moves: the house's, and those of his channels."""

import io
from dataclasses import dataclass

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kit.db import session, workspace_scope
from tenants.accounts.models import Unit
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.backoffice import queries as home
from tenants.numbers import queries
from tenants.numbers.models import Number
from tenants.numbers.queries import NumberFilter
from tests.factories.accounts import make_role, make_unit, make_user, owner, signed_in
from tests.factories.channels import make_channel
from tests.factories.numbers import make_card, make_number, the_number
from tests.page import says

ALL = ["number:view", "number:edit", "number:allot", "channel:view"]


@dataclass
class Stock:
    """A number and a card of somebody: their public ids, and the number."""

    number: str
    card: str
    msisdn: str
    channel: int | None
    channel_key: str


@pytest.fixture
def stock(in_acme):
    """Stock of the house, of a channel of the east and of one of the west."""
    made = {}
    for name in ("house", "east", "west"):
        unit = make_unit(name)
        channel = None if name == "house" else make_channel(unit=unit)
        number, card = make_number(), make_card()
        number.channel_id = card.channel_id = channel.id if channel else None
        key = channel.public_id if channel else ""
        made[name] = Stock(number.public_id, card.public_id, number.msisdn, number.channel_id, key)
    session().commit()
    return made


@pytest.fixture
def person(stock):
    """Somebody of the east."""
    role = make_role(permissions=ALL, scope="unit")
    return make_user(
        roles=[role], unit=session().scalars(select(Unit).filter_by(name="east")).one()
    )


def test_lists_counts_and_the_search_leave_out_what_is_dealt_to_others(stock, person, client):
    browser = signed_in(client, person)
    listed, cards = browser.get("/numbers/").text, browser.get("/cards/").text
    for name, is_seen in (("house", True), ("east", True), ("west", False)):
        assert (stock[name].number in listed) == is_seen
        assert (stock[name].card in cards) == is_seen
    reach = reach_of(person, Permission.Number.VIEW)
    asked = {"numbers": home.available_numbers(reach), "cards": home.cards_in_stock(reach)}
    assert home.count(asked) == {"numbers": 2, "cards": 2}
    assert sum(queries.card_usage(reach).values()) == 2
    assert sum(one.total for one in queries.stock_by_pool(reach)) == 2
    token = {"csrf_token": browser.token("/numbers/allot")}
    for name, found in (("east", 1), ("west", 0)):
        answer = browser.post("/search/look-up/number", data={"q": stock[name].msisdn, **token})
        assert len(answer.json) == found


def test_pages_and_verbs_refuse_what_is_dealt_to_others(stock, person, client):
    browser = signed_in(client, person)
    west, card = stock["west"].number, stock["west"].card
    for path in (f"/numbers/{west}", f"/numbers/{west}/block", f"/cards/{card}/scrap"):
        assert browser.get(path).status_code == 403
    assert browser.get(f"/numbers/{stock['east'].number}").status_code == 200
    token = browser.token("/numbers/allot")
    assert browser.post(f"/numbers/{west}/release", data={"csrf_token": token}).status_code == 403
    answer = browser.submit("/numbers/allot", {"count": "9", "channel": stock["west"].channel_key})
    assert answer.status_code == 422
    assert the_number(stock["house"].number).channel_id is None


def test_an_allotment_takes_only_what_is_reached(stock, person, client):
    reach = reach_of(person, Permission.Number.ALLOT)
    assert queries.allottable_count(NumberFilter(reach=reach)) == 2
    browser = signed_in(client, person)
    for path in ("/numbers/allot", "/cards/allot"):
        # Whose eyes look is no condition: everything at once is refused as for anybody.
        assert browser.submit(path, {"channel": stock["east"].channel_key}).status_code == 422
    answer = browser.submit("/numbers/allot", {"count": "1", "channel": stock["east"].channel_key})
    assert answer.status_code == 303, answer.text
    dealt = [the_number(stock[name].number).channel_id for name in ("house", "east", "west")]
    mine, theirs = stock["east"].channel, stock["west"].channel
    assert dealt == [mine, mine, theirs]


def test_an_export_and_a_selection_leave_them_out(stock, person, client):
    browser = signed_in(client, person)
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get("/numbers/?export=xlsx").data))
    told = {str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row}
    assert {stock["house"].msisdn, stock["east"].msisdn} <= told
    assert stock["west"].msisdn not in told
    ids = [stock[name].number for name in ("east", "west")]
    token = browser.token("/numbers/")
    answer = browser.post("/numbers/unblock-selected", data={"csrf_token": token, "ids": ids})
    assert answer.status_code == 200
    assert says(answer, "Unblock numbers")


def test_who_reaches_everything_sees_all_and_strangers_none(stock, client, rival):
    browser = signed_in(client, owner())
    assert all(stock[name].number in browser.get("/numbers/").text for name in ("east", "west"))
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        assert stranger.get(f"/numbers/{stock['house'].number}").status_code == 404
        assert session().scalars(select(Number)).all() == []
