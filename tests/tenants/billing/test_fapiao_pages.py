"""Fapiao as the owner, a colleague who may only look, and another workspace see it."""

import pytest

from control.billing.accounts import account_of
from control.billing.fapiao import queries
from kit.db import workspace_scope
from tests.factories import accounts as accounts_of
from tests.factories.billing import make_invoice
from tests.factories.fapiao import COMPANY, again, give_back, issue, make_fapiao, ofd

HOME = "/settings/billing/fapiao/"


@pytest.fixture
def owner(client, acme):
    with workspace_scope(acme):
        return accounts_of.signed_in(client, accounts_of.owner())


@pytest.fixture
def finance(client, acme):
    with workspace_scope(acme):
        user = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["billing:view"])])
        return accounts_of.signed_in(client, user)


@pytest.fixture
def other(client, rival):
    with workspace_scope(rival):
        return accounts_of.signed_in(client, accounts_of.owner())


@pytest.fixture
def invoice(acme):
    return make_invoice(acme.id)


def press(browser, page, path):
    """Press a button of a page: send a form that has nothing but its token."""
    return browser.post(path, data={"csrf_token": browser.token(page)})


def typed(*invoices, **changes):
    return {
        "invoices": [one.public_id for one in invoices],
        "kind": "special",
        "buyer": "company",
        "name": COMPANY.name,
        "tax_number": COMPANY.tax_number,
        "address": COMPANY.address,
        "phone": COMPANY.phone,
        "bank": COMPANY.bank,
        "bank_account": COMPANY.bank_account,
        "email": "caiwu@example.com",
    } | changes


def test_it_is_asked_for_from_an_invoice_shown_masked_and_withdrawn(owner, invoice):
    page = owner.get(f"/settings/billing/invoices/{invoice.public_id}").text
    way = f"{HOME}new?invoice={invoice.public_id}"
    assert way in page
    assert f'value="{invoice.public_id}" selected' in owner.get(way).text.replace(
        f'selected value="{invoice.public_id}"', f'value="{invoice.public_id}" selected'
    )
    answer = owner.submit(way, typed(invoice))
    assert answer.status_code == 303
    shown = owner.get(answer.location).text
    assert COMPANY.name in shown
    assert COMPANY.bank_account not in shown
    assert "****5678" in shown
    assert (
        answer.location.rpartition("/")[2]
        in owner.get(f"/settings/billing/invoices/{invoice.public_id}").text
    )
    assert press(owner, answer.location, answer.location + "/withdraw").status_code == 303
    listed = owner.get(HOME).text
    assert "已撤回" in listed
    assert "¥299.00" in listed


def test_a_title_used_before_fills_the_form_and_keeps_what_is_left_empty(owner, acme):
    first = make_fapiao(acme.id)
    second, third = make_invoice(acme.id), make_invoice(acme.id)
    page = owner.get(f"{HOME}new")
    assert COMPANY.tax_number in page.text
    assert "****5678" in page.text
    assert COMPANY.bank_account not in page.text
    sent = typed(second, third, address="", phone="", bank_account="")
    assert owner.submit(f"{HOME}new", sent).status_code == 303
    account = account_of(acme.id)
    assert queries.holding(third).title_id == first.title_id
    assert queries.holding(third).amount == 2 * 29_900
    # Another title begins empty, and nothing is kept of the old one.
    fourth = make_invoice(acme.id)
    assert f'value="{COMPANY.tax_number}"' in owner.get(f"{HOME}new").text
    assert f'value="{COMPANY.tax_number}"' not in owner.get(f"{HOME}new?title=").text
    refused = owner.submit(f"{HOME}new?title=", typed(fourth, phone=""))
    assert 'id="phone-error"' in refused.text
    assert owner.get(f"{HOME}new?title={'0' * 26}").status_code == 404
    title = queries.titles(account)[0]
    assert press(owner, f"{HOME}new", f"{HOME}titles/{title.public_id}/forget").status_code == 303
    assert not queries.titles(account)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invoices": []}, "invoices"),
        ({"invoices": ["nothing"]}, "invoices"),
        ({"kind": "gold"}, "kind"),
        ({"tax_number": "12345"}, "tax_number"),
        ({"bank_account": ""}, "bank_account"),
        ({"email": "nobody"}, "email"),
        ({"buyer": "person"}, "buyer"),
    ],
)
def test_nonsense_is_refused_beside_its_field_and_kept(owner, invoice, changes, field):
    refused = owner.submit(f"{HOME}new", typed(invoice) | changes)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert f'value="{COMPANY.name}"' in refused.text
    assert queries.holding(invoice) is None


def test_an_invoice_of_another_workspace_is_not_on_offer(owner, invoice, rival):
    theirs = make_invoice(rival.id)
    assert theirs.number not in owner.get(f"{HOME}new").text
    assert owner.submit(f"{HOME}new", typed(theirs)).status_code == 422
    assert queries.holding(theirs) is None


def test_who_may_only_look_fetches_it_and_asks_for_nothing(finance, acme, invoice):
    found = issue(make_fapiao(acme.id))
    assert f"{HOME}new" not in finance.get(HOME).text
    assert f"{HOME}new" not in finance.get(f"/settings/billing/invoices/{invoice.public_id}").text
    page = finance.get(HOME + found.public_id).text
    assert found.number in page
    assert "withdraw" not in page
    answer = finance.get(f"{HOME}{found.public_id}/file")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "no-store" in answer.headers["Cache-Control"]
    assert finance.get(f"{HOME}new").status_code == 403
    token = finance.token("/account")
    for act in (f"{found.public_id}/withdraw", f"titles/{found.title.public_id}/forget"):
        assert finance.post(HOME + act, data={"csrf_token": token}).status_code == 403


def test_an_ofd_is_saved_and_what_is_not_there_yet_is_missing(owner, acme):
    found = make_fapiao(acme.id)
    assert owner.get(f"{HOME}{found.public_id}/file").status_code == 404
    issue(found, upload=ofd())
    answer = owner.get(f"{HOME}{found.public_id}/file")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_refund_afterwards_is_told(owner, acme):
    found = give_back(issue(make_fapiao(acme.id)), 900)
    assert "红字" in owner.get(HOME + found.public_id).text
    assert again(found).uncorrected == 900


def test_another_workspace_finds_nothing_of_it(other, acme):
    found = issue(make_fapiao(acme.id))
    for act in ("", "/file", f"/notes/{'0' * 26}"):
        assert other.get(f"{HOME}{found.public_id}{act}").status_code == 404
    assert found.number not in other.get(HOME).text
    assert COMPANY.name not in other.get(f"{HOME}new").text
