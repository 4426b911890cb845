"""Look-up boxes: what may be found may be chosen, whatever is sent."""

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.permissions import Permission
from tests.factories import accounts
from tests.factories.channels import make_channel


def _asked(browser, kind="channel", **typed):
    token = browser.token("/search/")
    return browser.post(f"/search/look-up/{kind}", data=typed | {"csrf_token": token})


@pytest.fixture
def office(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def test_a_record_is_found_while_its_name_is_typed(office):
    public_id, number = (channel := make_channel(name="城南旗舰店")).public_id, channel.number
    make_channel(name="城北店")
    expected = [
        {"key": public_id, "name": "城南旗舰店", "detail": number, "url": f"/channels/{public_id}"}
    ]
    assert _asked(office, q="旗舰").json == expected
    assert _asked(office, key=public_id).json == expected
    assert _asked(office, q="").json == []


def test_a_form_takes_what_was_found_and_refuses_what_is_not_there(office):
    parent = make_channel(name="城南旗舰店").public_id
    typed = {"name": "新店", "kind": "store", "contact_name": "王", "contact_phone": "13900139001"}
    typed |= {"share": "0", "csrf_token": office.token("/channels/new")}
    refused = office.post("/channels/new", data=typed | {"parent": "01nowhere"})
    assert refused.status_code == 422
    assert "该选项已不存在" in refused.text
    taken = office.post("/channels/new", data=typed | {"parent": parent})
    assert taken.status_code == 303
    assert "城南旗舰店" in office.get(taken.location).text


def test_what_is_chosen_is_shown_by_its_name(office):
    parent = make_channel(name="城南旗舰店").public_id
    page = office.get(f"/channels/new?parent={parent}").text
    assert f'<option selected value="{parent}">城南旗舰店</option>' in page


def test_a_colleague_finds_and_chooses_only_within_his_scope(in_acme, client):
    theirs, mine = make_channel(name="对方旗舰店"), make_channel(name="自己旗舰店")
    permissions = [Permission.Channel.VIEW, Permission.Channel.EDIT]
    user = accounts.make_user(roles=[accounts.make_role(permissions=permissions, scope="channels")])
    mine.manager_id = user.id
    keys = theirs.public_id, mine.public_id
    browser = accounts.signed_in(client, user)
    assert [one["key"] for one in _asked(browser, q="旗舰").json] == [keys[1]]
    assert _asked(browser, key=keys[0]).json == []
    typed = {"name": "新店", "kind": "store", "contact_name": "王", "contact_phone": "13900139001"}
    typed |= {"share": "0", "csrf_token": browser.token("/channels/new"), "parent": keys[0]}
    assert browser.post("/channels/new", data=typed).status_code == 422


def test_a_kind_without_the_right_to_it_is_not_there(in_acme, client):
    make_channel(name="城南旗舰店")
    role = accounts.make_role(permissions=[Permission.Product.VIEW])
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert _asked(browser, q="旗舰").status_code == 404
    assert _asked(browser, "nothing", q="旗舰").status_code == 404


def test_nothing_of_another_workspace_is_found(in_acme, rival, client):
    key = make_channel(name="城南旗舰店").public_id
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    assert _asked(browser, q="旗舰").json == []
    assert _asked(browser, key=key).json == []


def test_a_stranger_finds_nothing(in_acme, client):
    assert client.at(in_acme).post("/search/look-up/channel", data={"q": "a"}).status_code != 200
