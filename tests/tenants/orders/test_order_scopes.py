"""Whose orders, customers, channels and commission somebody sees: lists, pages, counts, exports."""

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.backoffice import queries as home
from tenants.channels import queries as channels
from tenants.channels.models import Channel
from tenants.customers import queries as customers
from tenants.customers.models import Customer
from tenants.orders import queries as orders
from tenants.orders.models import Order
from tests.factories.accounts import make_role, make_unit, make_user, signed_in
from tests.factories.channels import make_channel
from tests.factories.customers import make_customer
from tests.factories.orders import make_order

ALL = ["order:view", "order:edit", "customer:view", "channel:view", "settlement:view"]


@pytest.fixture
def trade(in_acme):
    """Two branches that look after channels, one with a sub-agent; an order each, one direct."""
    east, west = make_unit("华东"), make_unit("华西")
    manager = make_user(roles=[make_role(permissions=ALL, scope="channels")], unit=east)
    top = make_channel(unit=east)
    below = make_channel(parent=top)
    other = make_channel(unit=west, manager=manager)
    made = {
        "top": make_order(channel=top, recipient_phone="13700137001"),
        "below": make_order(channel=below, recipient_phone="13700137002"),
        "other": make_order(channel=other, recipient_phone="13700137003"),
        "direct": make_order(),
    }
    session().flush()
    return {"east": east, "west": west, "manager": manager, "channels": (top, below, other)} | made


def seen(person) -> set[int]:
    reach = reach_of(person, Permission.Order.VIEW)
    return set(session().scalars(select(Order.id).where(orders.reached(reach))))


def ids(trade, *names) -> set[int]:
    return {trade[name].id for name in names}


def somebody(trade, scope, unit=None, units=()):
    role = make_role(permissions=ALL, scope=scope, units=units)
    return make_user(roles=[role], unit=unit)


def test_orders_follow_their_channels(trade):
    everything = somebody(trade, "all")
    assert seen(everything) == ids(trade, "top", "below", "other", "direct")
    of_east = somebody(trade, "unit", trade["east"])
    # The manager of the other channel is a colleague.
    assert seen(of_east) == ids(trade, "top", "below", "other")
    of_west = somebody(trade, "units", units=[trade["west"]])
    assert seen(of_west) == ids(trade, "other")
    assert seen(trade["manager"]) == ids(trade, "other")
    assert seen(somebody(trade, "own", trade["east"])) == set()


def test_who_handles_or_placed_an_order_sees_it(trade):
    clerk = somebody(trade, "own")
    trade["direct"].handler_id = clerk.id
    trade["below"].placed_by_id = clerk.public_id
    session().flush()
    assert seen(clerk) == ids(trade, "direct", "below")
    chief = somebody(trade, "unit", trade["west"])
    clerk.unit_id = trade["west"].id
    session().flush()
    assert seen(chief) == ids(trade, "direct", "other")


def test_channels_and_customers_follow_too(trade):
    top, below, other = trade["channels"]
    of_east = reach_of(somebody(trade, "unit", trade["east"]), Permission.Channel.VIEW)
    assert set(session().scalars(channels.reached_ids(of_east))) == {top.id, below.id, other.id}
    of_west = reach_of(somebody(trade, "unit", trade["west"]), Permission.Channel.VIEW)
    assert set(session().scalars(channels.reached_ids(of_west))) == {other.id}
    assert [node.channel.id for node in channels.tree_level(None, of_west)] == [other.id]
    mine = make_customer(channel=other)
    own = somebody(trade, "own")
    brought = make_customer(by=own)
    for person, expected in (
        (somebody(trade, "unit", trade["west"]), {mine.id, trade["other"].customer_id}),
        (own, {brought.id}),
    ):
        reach = reach_of(person, Permission.Customer.VIEW)
        found = set(session().scalars(select(Customer.id).where(customers.reached(reach))))
        assert found - {trade["other"].customer_id} == expected - {trade["other"].customer_id}


def test_the_home_page_counts_what_is_reached(trade):
    reach = reach_of(somebody(trade, "unit", trade["west"]), Permission.Order.VIEW)
    asked = {"all": home.orders_in(reach), "new": home.orders_in(reach, "new")}
    assert home.count(asked) == {"all": 1, "new": 1}
    assert home.daily(order_reach=reach)["orders"].today == 1


def as_words(trade) -> dict[str, tuple[str, str]]:
    """Numbers and public ids of the orders, which a request's end does not take away."""
    return {
        name: (trade[name].number, trade[name].public_id)
        for name in ("top", "below", "other", "direct")
    }


def test_out_of_reach_is_forbidden_on_every_page_and_absent_from_every_list(trade, client):
    words = as_words(trade)
    (top, _below, other) = [(one.public_id, one.name) for one in trade["channels"]]
    browser = signed_in(client, somebody(trade, "units", units=[trade["west"]]))
    text = browser.get("/orders/").text
    for name, (number, public_id) in words.items():
        is_seen = name == "other"
        assert (number in text) == is_seen, name
        expected = 200 if is_seen else 403
        assert browser.get(f"/orders/{public_id}").status_code == expected, name
        assert browser.get(f"/orders/{public_id}/edit").status_code == expected, name
    assert browser.get(f"/channels/{other[0]}").status_code == 200
    assert browser.get(f"/channels/{top[0]}").status_code == 403
    listed = browser.get("/channels/").text
    assert other[1] in listed
    assert top[1] not in listed
    assert words["top"][0] not in browser.get(f"/orders/?channel={top[0]}").text
    assert browser.get("/settlement/").status_code == 200
    for path in ("/settlement/ledger/", "/settlement/runs/"):
        assert browser.get(path).status_code == 403, path


def test_an_export_holds_what_is_reached(trade, client):
    words = as_words(trade)
    browser = signed_in(client, somebody(trade, "units", units=[trade["west"]]))
    with browser.get("/orders/?export=csv") as answer:
        assert answer.status_code == 200
        text = answer.data.decode("utf-8-sig")
    assert words["other"][0] in text
    assert words["top"][0] not in text


def test_who_adds_a_channel_without_reaching_all_looks_after_it(trade, client):
    role = make_role(permissions=[*ALL, "channel:edit"], scope="channels")
    person = make_user(roles=[role])
    person_id = person.id
    browser = signed_in(client, person)
    typed = {
        "name": "新渠道",
        "kind": "agent",
        "contact_name": "张三",
        "contact_phone": "13900139000",
        "share": "0",
    }
    answer = browser.submit("/channels/new", typed)
    assert answer.status_code == 303, answer.text
    added = session().scalars(select(Channel).where(Channel.name == "新渠道")).one()
    assert added.manager_id == person_id
    assert browser.get(answer.location).status_code == 200


def test_the_system_adds_customers_that_nobody_owns(in_acme):
    assert make_customer(by=audit.SYSTEM).owner_id is None
