"""Pages of SIM cards, for three people."""

import pytest

from kit.db import session, workspace_scope
from tenants.numbers import queries, services
from tenants.numbers.models import CardState
from tests.factories import accounts
from tests.factories.channels import make_channel
from tests.factories.numbers import make_card, the_card

ICCID = "89860012345678901234"


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def test_pages_open(owner):
    make_card()
    for path in ("/cards/", "/cards/new", "/cards/usage", "/cards/allot"):
        assert owner.get(path).status_code == 200


def test_a_colleague_who_may_look_cannot_write(in_acme, client):
    role = accounts.make_role(permissions=["number:view"])
    reader = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert reader.get("/cards/").status_code == 200
    for path in ("/cards/new", "/cards/allot"):
        assert reader.get(path).status_code == 403


def test_a_card_is_added(owner):
    given = {"iccid": ICCID, "kind": "blank", "state": "planned", "batch": "B1"}
    assert owner.submit("/cards/new", given | {"iccid": "123"}).status_code == 422
    assert owner.submit("/cards/new", given).status_code == 303
    assert owner.submit("/cards/new", given).status_code == 422
    card = queries.find_card(ICCID)
    assert (card.state, card.batch) == (CardState.PLANNED, "B1")


def test_a_planned_card_arrives_and_is_written_off(owner):
    public_id = make_card(ICCID, state=CardState.PLANNED).public_id
    token = owner.token(f"/cards/{public_id}")
    owner.post(f"/cards/{public_id}/receive", data={"csrf_token": token})
    assert the_card(public_id).state == CardState.IN_STOCK
    assert owner.submit(f"/cards/{public_id}/scrap", {"reason": "broken"}).status_code == 303
    assert the_card(public_id).state == CardState.SCRAPPED
    assert owner.submit(f"/cards/{public_id}/scrap", {"reason": "broken"}).status_code == 422


def test_the_list_is_filtered(owner):
    make_card(ICCID, batch="B1")
    for query in ("iccid=8986001", "kind=blank", "batch=B1", "state=in_stock", "channel=house"):
        assert ICCID in owner.get(f"/cards/?{query}").text
    for query in ("iccid=8987", "kind=esim", "batch=B2", "state=scrapped"):
        assert ICCID not in owner.get(f"/cards/?{query}").text


def test_usage_counts_cards(owner):
    services.allocate_card(make_card(), item_id="i1", by=accounts.owner())
    assert "/cards/?state=allocated" in owner.get("/cards/usage").text


def test_cards_are_allotted(owner):
    channel = make_channel()
    channel_id, channel_key = channel.id, channel.public_id
    first, second = make_card(batch="B1").public_id, make_card().public_id
    token = owner.token("/cards/")
    given = {"csrf_token": token, "ids": second, "submission": "x" * 20, "channel": channel_key}
    assert owner.post("/cards/allot-selected", data={"csrf_token": token, "ids": second}).text
    given["ids"] = f"{second},gone"
    results = owner.post("/cards/allot-selected", data=given).text
    assert results.count('data-outcome="done"') == results.count('data-outcome="gone"') == 1
    assert owner.submit("/cards/allot", {"batch": "B1", "channel": channel_key}).status_code == 303
    assert {the_card(one).channel_id for one in (first, second)} == {channel_id}


def test_strangers_find_nothing(in_acme, client, rival):
    public_id = make_card().public_id
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert stranger.get(f"/cards/{public_id}").status_code == 404
