"""Pages of carrier accounts, for three people."""

import pytest

from kit.db import session, workspace_scope
from tenants.carriers import access, queries
from tests.factories import accounts
from tests.factories.carriers import make_account


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def test_an_account_is_added_changed_and_deleted(owner):
    given = {"name": "江苏移动", "carrier": "mobile", "is_active": "y", "column_msisdn": "号码"}
    assert owner.submit("/carriers/new", given).status_code == 303
    assert owner.submit("/carriers/new", given).status_code == 422
    [account] = queries.active_accounts()
    public_id = account.public_id
    assert account.columns == {"msisdn": "号码"}
    assert "江苏移动" in owner.get("/carriers/").text
    assert "号码" in owner.get(f"/carriers/{public_id}").text
    edit = f"/carriers/{public_id}/edit"
    assert "号码" in owner.get(edit).text
    assert owner.submit(edit, given | {"name": "苏州移动"}).status_code == 303
    assert access.account(public_id).version == 2
    stale = given | {"version": "1", "name": "x"}
    assert owner.submit(edit, stale).status_code == 422
    token = owner.token(f"/carriers/{public_id}")
    owner.post(f"/carriers/{public_id}/delete", data={"csrf_token": token})
    assert owner.get(f"/carriers/{public_id}").status_code == 404


def test_it_needs_the_permission(in_acme, client):
    path = f"/carriers/{make_account().public_id}"
    role = accounts.make_role(permissions=["order:view"])
    reader = accounts.signed_in(client, accounts.make_user(roles=[role]))
    for page in ("/carriers/", "/carriers/new", path, f"{path}/edit"):
        assert reader.get(page).status_code == 403


def test_strangers_find_nothing(in_acme, client, rival):
    path = f"/carriers/{make_account().public_id}"
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert stranger.get(path).status_code == 404
