"""The contact phone of a channel: masked, revealed by right with a log row, shown in no form."""

import pytest
from sqlalchemy import select

from kit.db import session, workspace_scope
from tenants.accounts.models import Reveal
from tenants.channels.models import Channel
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.channels import make_channel

PHONE = "13700137246"


@pytest.fixture
def path(in_acme):
    return f"/channels/{make_channel(contact_phone=PHONE).public_id}"


def reader(client, *permissions):
    role = make_role(permissions=["channel:view", *permissions])
    return signed_in(client, make_user(roles=[role]))


def channel():
    session().expire_all()
    return session().scalars(select(Channel)).one()


def test_who_may_reveal_it_says_why_and_is_logged(path, client):
    browser = signed_in(client, owner())
    page = browser.get(path).text
    assert "137****7246" in page
    assert f'href="{path}/reveal/phone"' in page
    assert PHONE not in page
    answer = browser.submit(f"{path}/reveal/phone", {"purpose": "contact", "reason": "回访"})
    assert PHONE in answer.text
    row = session().scalars(select(Reveal)).one()
    assert (row.kind, row.field, row.record_name) == ("channel", "phone", channel().number)


def test_others_see_its_end_and_strangers_nothing(path, client, rival):
    browser = reader(client, "channel:edit")
    page = browser.get(path).text
    assert "137****7246" in page
    assert "/reveal/phone" not in page
    assert browser.get(f"{path}/reveal/phone").status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        assert stranger.get(f"{path}/reveal/phone").status_code == 404


def test_a_form_does_not_show_it_and_keeps_it_while_left_empty(path, client):
    browser = reader(client, "channel:edit")
    form = browser.get(f"{path}/edit").text
    assert PHONE not in form
    assert "137****7246" in form
    usual = {"name": "新名", "kind": "store", "contact_name": "王", "share": "0"}
    assert browser.submit(f"{path}/edit", {**usual, "contact_phone": ""}).status_code == 303
    assert (channel().name, channel().contact_phone) == ("新名", f"+86{PHONE}")
    version = {"version": str(channel().version)}
    wrong = browser.submit(f"{path}/edit", {**usual, **version, "contact_phone": "unknown"})
    assert wrong.status_code == 422
    changed = {**usual, **version, "contact_phone": "13900139009"}
    assert browser.submit(f"{path}/edit", changed).status_code == 303
    assert channel().contact_phone == "+8613900139009"
