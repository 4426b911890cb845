"""A product goes on the shelf after somebody has agreed, where a flow asks for that."""

import pytest

from kit.errors import Refused
from tenants.approvals import services as approvals
from tenants.approvals.models import ApprovalState
from tenants.catalogue import services, shelf
from tenants.catalogue.models import ProductState
from tests.factories import accounts
from tests.factories.accounts import signed_in
from tests.factories.approvals import agree, approver, make_flow, people_step
from tests.factories.catalogue import make_product


def _offered(product, boss):
    make_flow(people_step(boss), kind=shelf.ON_SHELF)
    return shelf.offer_product(product, by=accounts.owner())


def test_without_a_flow_it_is_one_press(in_acme):
    product = make_product(on_shelf=False)
    assert shelf.offer_product(product, by=accounts.owner()) is None
    assert product.state == ProductState.ON_SHELF


def test_it_takes_effect_only_when_it_is_approved(in_acme):
    product, boss = make_product(on_shelf=False, retail_amount=2_900), approver()
    approval = _offered(product, boss)
    assert (product.state, approval.amount) == (ProductState.DRAFT, 2_900)
    assert shelf.offer_product(product, by=accounts.owner()) is approval
    agree(approval, boss)
    assert (product.state, approval.state) == (ProductState.ON_SHELF, ApprovalState.APPROVED)


def test_a_refusal_leaves_it_a_draft_that_can_be_submitted_again(in_acme):
    product, boss = make_product(on_shelf=False), approver()
    approval = _offered(product, boss)
    approvals.reject(approval, turn=approval.turn_id, opinion="太贵", by=boss)
    assert product.state == ProductState.DRAFT
    assert shelf.offer_product(product, by=accounts.owner()).state == ApprovalState.PENDING


def test_what_was_changed_or_deleted_meanwhile_is_not_approved(in_acme):
    product, boss = make_product(on_shelf=False), approver()
    approval = _offered(product, boss)
    services.edit_product(
        product,
        version=product.version,
        name=product.name,
        carrier=product.carrier,
        kind=product.kind,
        code=product.code,
        by=accounts.owner(),
        description="新的",
    )
    with pytest.raises(Refused, match="has changed"):
        agree(approval, boss)
    services.delete_product(product, by=accounts.owner())
    with pytest.raises(Refused, match="no longer there"):
        agree(approval, boss)
    assert product.state == ProductState.DRAFT


def test_the_page_sends_it_and_its_tab_tells_where_it_is(in_acme, client):
    product, boss = make_product(on_shelf=False), approver("老板")
    make_flow(people_step(boss), kind=shelf.ON_SHELF)
    browser = signed_in(client, accounts.owner())
    path = f"/products/{product.public_id}"
    tab = f"/approvals/of/product/{product.public_id}"
    assert "尚未提交审批" in browser.get(tab).text
    token = browser.token(path)
    for _ in range(2):
        browser.post(f"{path}/put-on-shelf", data={"csrf_token": token})
    assert f'hx-get="{tab}"' in browser.get(path).text
    page = browser.get(tab).text
    assert "审批中" in page
    assert "老板" in page
    assert product.state == ProductState.DRAFT
