"""Transfers in the console: the queue, a confirmation that happens once, what goes back."""

import re

import pytest

from control.billing.models import BankTransfer, Invoice, TransferProof
from control.billing.transfer import buying, proving
from control.billing.transfer.terms import TransferTerms, set_terms, terms_now
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_session, workspace_scope
from tests.factories.billing import make_transfer
from tests.factories.control import PASSWORD

QUEUE = "/console/billing/transfers"


@pytest.fixture
def proof(acme) -> TransferProof:
    with workspace_scope(acme):
        return make_transfer(acme)


@pytest.fixture
def ordered(account, price) -> Invoice:
    """A plan that was ordered by transfer."""
    set_terms(TransferTerms("号树", "招商银行", "6225 0000"), by=audit.SYSTEM)
    return buying.order(account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM)


def sent(**values) -> dict[str, str]:
    usual = {
        "amount": "299",
        "currency": "CNY",
        "bank_reference": "CMB 2026 1122",
        "moved_on": clock.today().isoformat(),
        "own": PASSWORD,
    }
    return usual | values


def confirm(proof) -> str:
    return f"{QUEUE}/{proof.public_id}/confirm"


def booked() -> int:
    return control_session().query(BankTransfer).count()


def test_the_queue_says_what_waits_and_leads_to_the_scan(console, proof, logged):
    page = console.get("/console/workspaces").text
    assert re.search(r'tree-badge">1<', page)
    queue = console.get(f"{QUEUE}?state=waiting&q={proof.invoice.reference}").text
    assert proof.invoice.number in queue
    assert re.search(r">\s*\W?299\.00\s*<", queue)
    found = console.get(f"{QUEUE}/{proof.public_id}").text
    link = re.search(r'src="(/console/billing/scans/[^"]+)"', found)[1]
    scan = console.get(link)
    assert (scan.status_code, scan.mimetype) == (200, "image/png")
    assert "sandbox" in scan.headers["Content-Security-Policy"]
    assert console.get("/console/billing/scans/forged").status_code == 404
    assert "billing:proof_looked_at" in logged(proof.account)
    assert console.get(f"{QUEUE}?export=xlsx").data.startswith(b"PK")
    assert logged()[-1] == "console:list_exported"


def test_confirmed_once_however_often_it_is_sent(console, proof):
    form = console.get(confirm(proof)).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)[1]
    click = re.search(r'name="submission"[^>]*value="([^"]+)"', form)[1]
    typed = sent() | {"csrf_token": token, "submission": click}
    for _each in range(2):
        assert console.post(confirm(proof), data=typed).status_code == 303
    control_session().expire_all()
    assert (booked(), proof.state, proof.invoice.state) == (1, "confirmed", "paid")
    # Another form with the same reference, and another one for what is decided.
    again = console.submit(confirm(proof), sent())
    assert again.status_code == 422
    other = console.submit(confirm(proof), sent(bank_reference="OTHER 1"))
    assert other.status_code == 422
    assert booked() == 1
    assert "CMB20261122" in console.get("/console/billing/movements?q=cmb 2026 1122").text


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("own", {"own": "not my password"}),
        ("currency", {"currency": "USD"}),
        ("amount", {"amount": "0"}),
        ("amount", {"amount": "1.234"}),
        ("bank_reference", {"bank_reference": ""}),
        ("moved_on", {"moved_on": "2999-01-01"}),
    ],
)
def test_bad_input_books_nothing_and_keeps_what_was_typed(console, proof, field, values):
    answer = console.submit(confirm(proof), sent(note="来自对账单", **values))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "来自对账单" in answer.text
    assert booked() == 0


def test_rejected_with_a_reason_that_the_owner_reads(console, proof):
    path = f"{QUEUE}/{proof.public_id}"
    assert (
        console.post(
            f"{path}/reject", data={"csrf_token": console.token(path), "reason": ""}
        ).status_code
        == 422
    )
    done = {"reason": "看不清流水号", "version": "1", "csrf_token": console.token(path)}
    assert console.post(f"{path}/reject", data=done).status_code == 303
    control_session().expire_all()
    assert (proof.state, proof.reason) == ("rejected", "看不清流水号")
    assert proof.invoice.remaining_amount == 29_900


def test_what_its_owner_took_back_waits_no_more_and_has_no_scan(console, proof):
    page = f"{QUEUE}/{proof.public_id}"
    link = re.search(r'src="(/console/billing/scans/[^"]+)"', console.get(page).text)[1]
    proving.take_back(proof, by=audit.SYSTEM)
    assert proof.invoice.number not in console.get(f"{QUEUE}?state=waiting").text
    shown = console.get(page).text
    assert "已撤回" in shown
    assert "/confirm" not in shown
    assert console.get(link).status_code == 404
    assert console.submit(confirm(proof), sent()).status_code == 422
    assert booked() == 0


def test_money_without_a_proof_too_much_of_it_and_back(console, ordered, account):
    own = f"/console/billing/own-invoices/{ordered.public_id}"
    console.submit(f"{own}/receive", sent(amount="300"))
    control_session().expire_all()
    assert (ordered.state, account.credit_amount) == ("paid", 100)
    shown = console.get(f"/console/billing/invoices/{ordered.public_id}").text
    assert "CMB20261122" in shown
    workspace = account.workspace.public_id
    assert "pay-back" in console.get(f"/console/workspaces/{workspace}/billing").text
    assert account.workspace.name in console.get("/console/billing/accounts?credit=yes").text
    back = f"/console/workspaces/{workspace}/billing/pay-back"
    assert console.submit(back, sent(amount="1.01", note="多付")).status_code == 422
    assert console.submit(back, sent(amount="1", note="多付")).status_code == 303
    control_session().expire_all()
    assert account.credit_amount == 0


def test_a_paid_invoice_is_paid_back_with_a_credit_note(console, ordered, account, logged):
    own = f"/console/billing/own-invoices/{ordered.public_id}"
    shown = f"/console/billing/invoices/{ordered.public_id}"
    # Nothing to pay back yet: told so, on the way to the invoice.
    assert console.get(f"{own}/refund").status_code == 303
    console.submit(f"{own}/receive", sent())
    assert f'href="{own}/refund"' in console.get(shown).text
    back = {"note": "两天不能用", "bank_reference": "OUT 77", "amount": "100"}
    for field, wrong in (
        ("own", {"own": "not my password"}),
        ("amount", {"amount": "299.01"}),
        ("currency", {"currency": "USD"}),
        ("note", {"note": ""}),
        ("bank_reference", {"bank_reference": ""}),
    ):
        refused = console.submit(f"{own}/refund", sent(**back | wrong))
        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.text
    assert booked() == 1
    assert console.submit(f"{own}/refund", sent(**back)).status_code == 303
    control_session().expire_all()
    assert (booked(), ordered.refunded_amount, ordered.state) == (2, 10_000, "paid")
    page = console.get(shown).text
    link = re.search(r'href="(/console/billing/credit-notes/[^"]+)"', page)[1]
    assert "两天不能用" in page
    pdf = console.get(link.replace("&amp;", "&"))
    assert pdf.status_code == 303 or pdf.data.startswith(b"%PDF")
    assert console.get("/console/billing/credit-notes/none/pdf").status_code == 404
    assert "billing:transfer_refunded" in logged(account)
    assert "OUT77" in console.get("/console/billing/movements?direction=paid_back").text


def test_whoever_has_a_workspace_deleted_is_told_what_becomes_of_its_plan(console, ordered):
    close = f"/console/workspaces/{ordered.account.workspace.public_id}/close"
    assert "不再续费" not in console.get(close).text
    own = f"/console/billing/own-invoices/{ordered.public_id}"
    console.submit(f"{own}/receive", sent())
    assert "不再续费" in console.get(close).text


def test_for_a_closed_workspace_the_operator_is_told(console, ordered, account):
    account.workspace.state = WorkspaceState.CLOSED
    control_session().commit()
    own = f"/console/billing/own-invoices/{ordered.public_id}"
    assert "余额" in console.get(f"{own}/receive").text
    console.submit(f"{own}/receive", sent())
    shown = console.get(f"/console/workspaces/{account.workspace.public_id}/billing").text
    assert account.credit_amount == 29_900
    assert "退" in shown


def test_an_own_invoice_is_made_void_and_stripes_is_none_of_ours(console, ordered, logged):
    own = f"/console/billing/own-invoices/{ordered.public_id}"
    wrong = console.submit(f"{own}/cancel", {"reason": "开错了", "own": "x"})
    assert 'id="own-error"' in wrong.text
    assert console.submit(f"{own}/cancel", {"reason": "开错了", "own": PASSWORD}).status_code == 303
    control_session().expire_all()
    assert ordered.state == "void"
    assert "billing:invoice_void" in logged(ordered.account)
    assert console.get(f"{own}/cancel").status_code == 303
    ordered.provider = "stripe"
    control_session().commit()
    assert console.get(f"{own}/receive").status_code == 404


def test_a_pdf_in_both_languages(console, ordered):
    own = f"/console/billing/own-invoices/{ordered.public_id}/pdf"
    pages = [console.get(f"{own}?language={one}") for one in ("en", "zh_Hans_CN", "xx")]
    for one in pages:
        if one.status_code == 200:
            assert one.data.startswith(b"%PDF")
        else:
            assert one.status_code == 303


def test_our_bank_account_is_a_setting(console, logged):
    path = "/console/billing/bank-account"
    typed = {
        "account_name": "号树科技有限公司",
        "bank": "招商银行深圳分行",
        "account_number": "7559 0000",
        "note": "",
        "due_days": "7",
        "renew_days": "91",
    }
    assert console.submit(path, typed).status_code == 422
    assert console.submit(path, typed | {"renew_days": "20"}).status_code == 303
    assert (terms_now().due_days, terms_now().bank) == (7, "招商银行深圳分行")
    assert "billing:transfer_terms" in logged()


def test_who_is_no_operator_gets_nowhere(stranger, proof):
    for path in (QUEUE, confirm(proof), "/console/billing/movements"):
        assert stranger.get(path).status_code == 302
