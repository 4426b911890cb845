"""Company and tax number on invoices, as the owner, a colleague and another workspace see it."""

import pytest

from control.billing.accounts import account_of
from control.billing.buyers import details_of
from kit.db import workspace_scope
from tests.factories import accounts as accounts_of
from tests.factories.trust import CREDIT_CODE, make_verification

HOME = "/settings/billing/"
PAGE = HOME + "buyer/"
TYPED = {
    "name": "深圳山海通信有限公司",
    "email": "",
    "country": "CN",
    "address": "科技园一路一号",
    "tax_kind": "cn_tin",
    "tax_id": CREDIT_CODE,
}


@pytest.fixture
def owner(client, acme):
    with workspace_scope(acme):
        return accounts_of.signed_in(client, accounts_of.owner())


def test_it_begins_with_what_verification_knows_and_is_shown(owner, acme, rival, client):
    make_verification(acme)
    assert f'value="{CREDIT_CODE}"' in owner.get(PAGE).text
    assert PAGE in owner.get(HOME).text
    assert owner.submit(PAGE, TYPED).status_code == 303
    page = owner.get(HOME).text
    assert TYPED["name"] in page
    assert CREDIT_CODE in page
    # The address is masked, and kept when nothing is typed.
    assert TYPED["address"] not in owner.get(PAGE).text
    assert owner.submit(PAGE, TYPED | {"address": "", "city": "深圳"}).status_code == 303
    found = details_of(account_of(acme.id))
    assert (found.address, found.city) == (TYPED["address"], "深圳")
    with workspace_scope(rival):
        other = accounts_of.signed_in(client, accounts_of.owner())
    assert TYPED["name"] not in other.get(HOME).text
    assert TYPED["name"] not in other.get(PAGE).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"tax_id": "123"}, "tax_id"),
        ({"tax_id": ""}, "tax_id"),
        ({"country": "XX"}, "country"),
        ({"tax_kind": "xx"}, "tax_kind"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_nonsense_is_refused_beside_its_field_and_kept(owner, acme, changes, field):
    refused = owner.submit(PAGE, TYPED | changes)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert details_of(account_of(acme.id)) is None


def test_who_may_only_look_reads_it_and_changes_nothing(client, acme):
    with workspace_scope(acme):
        role = accounts_of.make_role(permissions=["billing:view"])
        finance = accounts_of.signed_in(client, accounts_of.make_user(roles=[role]))
    assert PAGE not in finance.get(HOME).text
    assert finance.get(PAGE).status_code == 403
    token = finance.token("/account")
    assert finance.post(PAGE, data={"csrf_token": token}).status_code == 403
