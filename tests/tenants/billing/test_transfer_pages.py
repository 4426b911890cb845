"""Paying by transfer as the owner, a colleague who may only look, and another workspace see it."""

import io
import re
from datetime import timedelta

import pytest

from control.billing.accounts import live_subscription, review
from control.billing.coupons import add_coupon
from control.billing.models import CreditNote, Invoice, PlanPrice, Subscription, TransferProof
from control.billing.transfer import proving
from control.billing.transfer.booking import Movement
from control.billing.transfer.receiving import receive
from control.billing.transfer.refunding import refund
from control.billing.transfer.renewing import do_due
from control.billing.transfer.terms import TransferTerms, set_terms
from control.workspaces.directory import directory
from kit import audit, clock, files
from kit.audit import AuditEntry
from kit.db import control_session, session, workspace_scope
from tests.factories import accounts as accounts_of
from tests.factories.channels import make_channel
from tests.factories.trust import PNG

HOME = "/settings/billing/"


@pytest.fixture
def terms(db) -> None:
    terms = TransferTerms("号树科技有限公司", "招商银行深圳分行", "7559 0000 1234")
    set_terms(terms, by=audit.SYSTEM)


@pytest.fixture
def owner(client, acme):
    with workspace_scope(acme):
        return accounts_of.signed_in(client, accounts_of.owner())


def order(browser, price, seats="0"):
    """Choose, look at what it costs, agree; return the answer."""
    shown = browser.submit(
        HOME + "plan", {"price": price.public_id, "extra_seats": seats, "way": "transfer"}
    )
    assert shown.status_code == 200, shown.text
    return shown, agree(browser, shown)


def agree(browser, shown):
    main = shown.text[shown.text.index("<main") :]
    hidden = dict(re.findall(r'name="(\w+)" (?:type="hidden" )?value="([^"]*)"', main))
    hidden |= dict(re.findall(r'<input[^>]*name="(csrf_token)"[^>]*value="([^"]+)"', main))
    assert hidden["agreed"] == "yes"
    return browser.post(HOME + "plan", data=hidden)


def pay(invoice, amount=None) -> None:
    moved = Movement(
        amount or invoice.remaining_amount,
        "CNY",
        f"REF{invoice.number}{invoice.paid_amount}",
        clock.today(),
        f"click-{invoice.number}-{invoice.paid_amount}",
    )
    receive(invoice, moved, by=audit.SYSTEM)
    control_session().expire_all()
    directory.forget()


def newest() -> Invoice:
    control_session().expire_all()
    return control_session().query(Invoice).order_by(Invoice.id.desc()).first()


@pytest.fixture
def ordered(owner, price, terms, account) -> Invoice:
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    order(owner, price)
    return newest()


def test_without_stripe_transfer_is_the_only_way_and_works_whole(owner, client, price, terms, acme):
    assert "对公转账" in client.at("").get("/prices").text
    assert HOME + "plan" in owner.get(HOME).text
    assert 'name="way"' not in owner.get(HOME + "plan").text
    shown, done = order(owner, price, seats="2")
    assert "339.00" in shown.text
    assert done.status_code == 303
    invoice = newest()
    page = owner.get(done.location).text
    for said in ("招商银行深圳分行", "7559 0000 1234", invoice.reference, "339.00"):
        assert said in page
    assert invoice.number in owner.get(HOME).text
    # A second click, and another visit, lead to the one that is open.
    assert agree(owner, shown).location == done.location
    assert owner.get(HOME + "plan").location == done.location
    assert newest().id == invoice.id
    with workspace_scope(acme):
        logged = set(session().scalars(session().query(AuditEntry.event).statement))
    assert "billing:transfer_ordered_here" in logged


def test_beside_the_card_the_way_is_chosen(owner, price, terms, line, account):
    form = owner.get(HOME + "plan").text
    assert 'value="card"' in form
    assert 'value="transfer"' in form
    _shown, done = order(owner, price)
    assert f"invoices/{newest().public_id}" in done.location


def test_until_the_operator_named_an_account_nobody_can_order(owner, price):
    answer = owner.submit(HOME + "plan", {"price": price.public_id, "extra_seats": "0"})
    assert answer.status_code == 422
    assert "收款账户" in answer.text


def choose(browser, price, **values):
    return browser.submit(
        HOME + "plan",
        {"price": price.public_id, "extra_seats": "0", "way": "transfer"} | values,
    )


def test_a_promotion_code_lowers_what_is_shown_and_ordered(owner, price, terms):
    add_coupon("SPRING-20", percent=20, most_uses=1, by=audit.SYSTEM)
    shown = choose(owner, price, code="spring-20")
    assert "239.20" in shown.text
    assert "SPRING-20" in shown.text
    assert agree(owner, shown).status_code == 303
    made = newest()
    assert made.total_amount == 23_920
    assert "SPRING-20" in owner.get(f"{HOME}invoices/{made.public_id}").text


def test_a_code_used_up_between_two_clicks_is_said_at_its_field(owner, price, terms, account):
    coupon = add_coupon("SPRING-20", percent=20, most_uses=1, by=audit.SYSTEM)
    shown = choose(owner, price, code="SPRING-20")
    coupon.stripe_uses = 1
    control_session().commit()
    refused = agree(owner, shown)
    assert refused.status_code == 422
    assert 'id="code-error"' in refused.text
    assert 'value="SPRING-20"' in refused.text
    assert "优惠码" in refused.text
    assert control_session().query(Invoice).count() == 0
    assert control_session().query(Subscription).count() == 0
    # Without it the order is made, and nothing is kept of the first try.
    _shown, done = order(owner, price)
    assert done.status_code == 303
    assert newest().total_amount == 29_900


def test_nothing_to_pay_begins_at_once(owner, price, terms, account):
    add_coupon("FREE", percent=100, is_once=True, by=audit.SYSTEM)
    shown = choose(owner, price, code="FREE")
    assert "0.00" in shown.text
    assert agree(owner, shown).status_code == 303
    assert live_subscription(account).state == "active"


def test_by_card_the_code_is_typed_on_stripes_page(owner, price, terms, line):
    refused = choose(owner, price, way="card", code="SPRING-20")
    assert refused.status_code == 422
    assert 'id="code-error"' in refused.text


def proof_of(invoice) -> str:
    return f"{HOME}invoices/{invoice.public_id}/proof"


def claim(**values):
    usual = {
        "amount": "299.00",
        "paid_on": clock.today().isoformat(),
        "payer_name": "号树",
        "scan": (io.BytesIO(PNG), "回单.png"),
    }
    return usual | values


def send_proof(browser, invoice, **values):
    return browser.submit(proof_of(invoice), claim(**values), content_type="multipart/form-data")


def test_proofs_are_handed_in_and_their_state_is_shown(owner, ordered, acme):
    for _each in range(2):
        assert send_proof(owner, ordered).status_code == 303
    proofs = control_session().query(TransferProof).all()
    assert [one.state for one in proofs] == ["waiting", "waiting"]
    page = owner.get(f"{HOME}invoices/{ordered.public_id}").text
    assert page.count("回单.png") == 2
    assert "待确认" in page
    scan = owner.get(f"{HOME}proofs/{proofs[0].public_id}")
    assert (scan.status_code, scan.data) == (200, PNG)
    assert "sandbox" in scan.headers["Content-Security-Policy"]
    # What waits to be confirmed is not withdrawn under the operator's hands.
    withdraw = f"{HOME}invoices/{ordered.public_id}/withdraw"
    token = owner.token(HOME + "buyer/")
    owner.post(withdraw, data={"csrf_token": token})
    assert newest().state == "open"


def test_the_same_click_hands_in_once_and_leaves_one_file(owner, ordered, acme):
    form = owner.get(proof_of(ordered)).text
    hidden = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', form)[1]
        for name in ("csrf_token", "submission")
    }
    with workspace_scope(acme):
        before = len(files.stored_keys())
    for _each in range(2):
        sent = claim() | hidden
        answer = owner.post(proof_of(ordered), data=sent, content_type="multipart/form-data")
        assert answer.status_code == 303
    assert control_session().query(TransferProof).count() == 1
    with workspace_scope(acme):
        assert len(files.stored_keys()) == before + 1


def test_a_proof_is_taken_back_until_somebody_has_decided(owner, ordered, acme):
    for _each in range(2):
        send_proof(owner, ordered)
    wrong, right = control_session().query(TransferProof).order_by(TransferProof.id)
    shown = f"{HOME}invoices/{ordered.public_id}"
    path = f"{HOME}proofs/{wrong.public_id}"
    assert f'action="{path}/take-back"' in owner.get(shown).text
    token = owner.token(HOME + "buyer/")
    assert owner.post(f"{path}/take-back", data={"csrf_token": token}).location.endswith(shown)
    control_session().expire_all()
    assert (wrong.state, right.state) == ("withdrawn", "waiting")
    assert owner.get(path).status_code == 404
    page = owner.get(shown).text
    assert "已撤回" in page
    assert f"{path}/take-back" not in page
    with workspace_scope(acme):
        kept = set(files.stored_keys())
        assert (wrong.file_key in kept, right.file_key in kept) == (False, True)
        logged = session().scalars(session().query(AuditEntry.event).statement).all()
        assert logged.count("billing:proof_taken_back_here") == 1
    # What an operator has decided stays, and what is gone is not gone twice.
    proving.reject(right, reason="看不清", version=right.version, by=audit.SYSTEM)
    for one in (wrong, right):
        owner.post(f"{HOME}proofs/{one.public_id}/take-back", data={"csrf_token": token})
    control_session().expire_all()
    assert (wrong.state, right.state) == ("withdrawn", "rejected")
    assert owner.get(f"{HOME}proofs/{right.public_id}").status_code == 200


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("amount", {"amount": "0"}),
        ("amount", {"amount": "viel"}),
        ("paid_on", {"paid_on": "2999-01-01"}),
        ("paid_on", {"paid_on": "1999-01-01"}),
        ("scan", {"scan": (io.BytesIO(b"MZ no picture"), "回单.png")}),
        ("scan", {"scan": (io.BytesIO(PNG), "回单.exe")}),
        ("scan", {"scan": (io.BytesIO(b""), "回单.png")}),
    ],
)
def test_bad_input_names_its_field_and_hands_in_nothing(owner, ordered, acme, field, values):
    with workspace_scope(acme):
        before = files.stored_keys()
    answer = send_proof(owner, ordered, payer_name="某某公司", **values)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "某某公司" in answer.text
    assert control_session().query(TransferProof).count() == 0
    with workspace_scope(acme):
        assert files.stored_keys() == before


def test_paid_in_part_the_rest_is_shown_then_all_is_open(owner, ordered, account):
    pay(ordered, 10_000)
    assert "199.00" in owner.get(f"{HOME}invoices/{ordered.public_id}").text
    pay(ordered)
    assert live_subscription(account) is not None
    assert "付款方式" in owner.get(HOME).text


def refunded(invoice) -> CreditNote:
    moved = Movement(10_000, "CNY", f"OUT{invoice.number}", clock.today(), "click-of-a-refund")
    made = refund(invoice, moved, reason="两天不能用", by=audit.SYSTEM)
    control_session().expire_all()
    return made


def test_what_was_paid_back_is_shown_with_its_credit_note(owner, ordered):
    pay(ordered)
    note = refunded(ordered)
    page = owner.get(f"{HOME}invoices/{ordered.public_id}").text
    for said in (note.number, "两天不能用", "100.00", f"OUT{ordered.number}".upper()):
        assert said in page
    for language in ("en", "zh_Hans_CN", "xx"):
        pdf = owner.get(f"{HOME}credit-notes/{note.public_id}/pdf?language={language}")
        assert pdf.status_code == 303 or pdf.data.startswith(b"%PDF")


def test_an_order_is_withdrawn_and_another_one_made(owner, ordered, price):
    token = owner.token(HOME + "buyer/")
    path = f"{HOME}invoices/{ordered.public_id}/withdraw"
    assert owner.post(path, data={"csrf_token": token}).status_code == 303
    assert newest().state == "void"
    order(owner, price)
    assert newest().id != ordered.id


def test_more_by_an_invoice_less_with_the_next_period(owner, ordered, larger, price, account):
    pay(ordered)
    _shown, done = order(owner, larger)
    upgrade = newest()
    assert upgrade.public_id in done.location
    assert 29_000 < upgrade.total_amount <= 30_000
    pay(upgrade)
    shown, done = order(owner, price)
    assert "无需付款" in shown.text
    assert done.location.endswith(HOME)
    assert "下一期起" in owner.get(HOME).text


def test_what_does_not_fit_is_listed_as_for_the_card(owner, acme, price, terms):
    with workspace_scope(acme):
        for _each in range(22):
            make_channel()
    answer = owner.submit(HOME + "plan", {"price": price.public_id, "extra_seats": "0"})
    assert answer.status_code == 422
    assert "包含 20" in answer.text


def test_given_up_and_kept_without_stripe(owner, ordered, account):
    pay(ordered)
    typed = {"reason": "太贵了", "password": accounts_of.PASSWORD}
    assert owner.submit(HOME + "give-up", typed | {"password": "x"}).status_code == 422
    assert owner.submit(HOME + "give-up", typed).status_code == 303
    assert live_subscription(account).cancels_at is not None
    token = owner.token(HOME + "buyer/")
    assert owner.post(HOME + "keep", data={"csrf_token": token}).status_code == 303
    control_session().expire_all()
    assert live_subscription(account).cancels_at is None


def test_who_has_the_workspace_deleted_is_told_that_nothing_more_is_charged(
    owner, ordered, account, acme
):
    pay(ordered)
    page = "/settings/workspace/close"
    assert "不再续费" in owner.get(page).text
    typed = {"reason": "停业", "confirm": acme.name, "password": accounts_of.PASSWORD}
    assert owner.submit(page, typed).status_code == 303
    control_session().expire_all()
    assert live_subscription(account).cancels_at is not None
    shown = owner.get(HOME).text
    assert "等待删除" in shown
    assert HOME + "keep" not in shown
    token = owner.token("/settings/workspace/")
    owner.post(HOME + "keep", data={"csrf_token": token})
    control_session().expire_all()
    assert live_subscription(account).cancels_at is not None
    assert owner.post("/settings/workspace/keep", data={"csrf_token": token}).status_code == 303
    control_session().expire_all()
    assert live_subscription(account).cancels_at is None


def test_shut_out_for_not_paying_all_that_pays_is_open(owner, ordered, account, acme, held):
    pay(ordered)
    clock.advance(timedelta(days=70))
    do_due()
    clock.advance(timedelta(days=40))
    review(account)
    directory.forget()
    owed = newest()
    assert account.workspace.state == "suspended"
    with workspace_scope(acme):
        browser = accounts_of.signed_in(owner, accounts_of.owner())
    page = browser.get(HOME).text
    assert "逾期" in page or "到期" in page
    # A change would be refused.
    assert "更改套餐或席位" not in page
    assert send_proof(browser, owed).status_code == 303
    assert browser.get(f"{HOME}invoices/{owed.public_id}/pdf?language=en").status_code in {200, 303}
    pay(owed)
    assert browser.get("/orders/").status_code == 200


def test_whom_the_owner_names_stands_on_the_next_invoice(owner, price, terms, acme):
    named = {
        "name": "大树通信有限公司",
        "country": "CN",
        "city": "深圳",
        "address": "科技园一路一号",
        "tax_kind": "",
        "tax_id": "",
        "email": "",
        "version": "0",
    }
    assert owner.submit(HOME + "buyer/", named).status_code == 303
    shown, _done = order(owner, price)
    assert "大树通信有限公司" in shown.text
    made = newest()
    assert made.bill_to["name"] == "大树通信有限公司"
    assert "科技园" not in str(made.bill_to)
    with workspace_scope(acme):
        assert made.bill_to_address == "深圳 科技园一路一号"


def test_who_may_only_look_reads_and_changes_nothing(client, acme, owner, ordered):
    send_proof(owner, ordered)
    proof = control_session().query(TransferProof).one()
    with workspace_scope(acme):
        user = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["billing:view"])])
        finance = accounts_of.signed_in(client, user)
    page = finance.get(f"{HOME}invoices/{ordered.public_id}")
    assert "7559 0000 1234" in page.text
    assert "/proof" not in page.text.replace(f'/proofs/{proof.public_id}"', "")
    assert finance.get(proof_of(ordered)).status_code == 403
    assert finance.get(HOME + "plan").status_code == 403
    token = finance.token("/account")
    for path in (f"invoices/{ordered.public_id}/withdraw", f"proofs/{proof.public_id}/take-back"):
        assert finance.post(HOME + path, data={"csrf_token": token}).status_code == 403


def test_another_workspace_finds_nothing(client, ordered, owner, rival):
    send_proof(owner, ordered)
    proof = control_session().query(TransferProof).one()
    with workspace_scope(rival):
        other = accounts_of.signed_in(client, accounts_of.owner())
    pay(ordered)
    note = refunded(ordered)
    for path in (
        f"invoices/{ordered.public_id}",
        f"proofs/{proof.public_id}",
        f"credit-notes/{note.public_id}/pdf",
    ):
        assert other.get(HOME + path).status_code == 404
    for rest in ("pdf", "proof"):
        assert other.get(f"{HOME}invoices/{ordered.public_id}/{rest}").status_code == 404
    token = other.token(HOME + "buyer/")
    for path in (f"invoices/{ordered.public_id}/withdraw", f"proofs/{proof.public_id}/take-back"):
        assert other.post(HOME + path, data={"csrf_token": token}).status_code == 404


def test_a_year_is_another_price_of_the_same_plan(owner, price, terms):
    yearly = PlanPrice(
        plan_version_id=price.plan_version_id, currency="CNY", interval="year", amount=299_000
    )
    control_session().add(yearly)
    control_session().commit()
    shown, _done = order(owner, yearly)
    assert "2,990.00" in shown.text
