"""Fapiao: what may be asked for, what it lacks, what it comes to, and what takes it back."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from control.billing.fapiao import queries, services, titles
from control.billing.models import FapiaoBuyer, FapiaoItem, FapiaoKind, FapiaoState
from control.signup.models import Signup
from control.workspaces.models import WorkspaceState
from control.workspaces.services import bury
from kit import audit, clock, files, mail
from kit.audit import AuditEntry
from kit.db import control_session, session, workspace_scope
from kit.errors import Refused, Stale
from tests.factories.billing import make_invoice
from tests.factories.control import make_signup
from tests.factories.fapiao import (
    COMPANY,
    again,
    document,
    give_back,
    issue,
    make_fapiao,
    number,
    ofd,
)
from tests.factories.records import packed, png


def ask(account, *invoices, buyer=COMPANY, kind=FapiaoKind.SPECIAL, email="cw@example.com", **more):
    return services.ask(
        account, invoices, kind=kind, buyer=buyer, email=email, by=audit.SYSTEM, **more
    )


def test_several_invoices_are_one_fapiao_over_what_was_paid_less_refunds(account, acme):
    one, two = make_invoice(acme.id), make_invoice(acme.id, amount=10_000)
    two.refunded_amount = 4_000
    control_session().commit()
    assert {found.id for found in queries.askable(account)} == {one.id, two.id}
    found = ask(account, one, two)
    assert (found.amount, found.currency, found.state) == (35_900, "CNY", FapiaoState.REQUESTED)
    assert not queries.askable(account)
    assert queries.holding(one).id == found.id


def test_an_invoice_is_asked_for_once_until_it_is_withdrawn(account, acme):
    invoice = make_invoice(acme.id)
    found = ask(account, invoice)
    with pytest.raises(Refused, match=invoice.number):
        ask(account, invoice)
    services.withdraw(found, by=audit.SYSTEM)
    with pytest.raises(Refused):
        services.withdraw(found, by=audit.SYSTEM)
    assert ask(account, invoice).id != found.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"tax_number": "91440300MA5FMX2P1J"}, "tax_number"),
        ({"tax_number": ""}, "tax_number"),
        ({"address": ""}, "address"),
        ({"phone": ""}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"bank": ""}, "bank"),
        ({"bank_account": ""}, "bank_account"),
        ({"bank_account": "12-34"}, "bank_account"),
        ({"buyer": FapiaoBuyer.PERSON}, "buyer"),
    ],
)
def test_what_a_special_one_lacks_is_named(account, acme, changes, field):
    invoice = make_invoice(acme.id)
    with pytest.raises(Refused) as refused:
        ask(account, invoice, buyer=replace(COMPANY, **changes))
    assert refused.value.field == field
    assert control_session().scalar(select(FapiaoItem.id)) is None


def test_an_ordinary_one_needs_less_and_a_person_nothing(account, acme):
    bare = titles.Buyer(buyer=FapiaoBuyer.COMPANY, name=COMPANY.name, tax_number=COMPANY.tax_number)
    ask(account, make_invoice(acme.id), buyer=bare, kind=FapiaoKind.ORDINARY)
    person = replace(COMPANY, buyer=FapiaoBuyer.PERSON, name="张三")
    found = ask(account, make_invoice(acme.id), buyer=person, kind=FapiaoKind.ORDINARY)
    assert (found.title.tax_number, found.title.phone_cipher) == ("", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "open"},
        {"refunded_amount": 29_900},
        {"is_disputed": True},
        {"paid_amount": 0},
    ],
)
def test_only_what_is_paid_and_kept_can_be_asked_for(account, acme, changes):
    invoice = make_invoice(acme.id)
    for name, value in changes.items():
        setattr(invoice, name, value)
    control_session().commit()
    assert not queries.askable(account)
    with pytest.raises(Refused):
        ask(account, invoice)


def test_nothing_two_currencies_anothers_and_no_mail_are_refused(account, acme, rival):
    invoice, dollars = make_invoice(acme.id), make_invoice(acme.id)
    dollars.currency = "USD"
    control_session().commit()
    for chosen in ([], [invoice, dollars], [make_invoice(rival.id)]):
        with pytest.raises(Refused) as refused:
            ask(account, *chosen)
        assert refused.value.field == "invoices"
    with pytest.raises(Refused) as refused:
        ask(account, invoice, email="nobody")
    assert refused.value.field == "email"


def test_a_title_is_remembered_once_masked_and_forgotten(account, acme):
    first = ask(account, make_invoice(acme.id))
    second = ask(account, make_invoice(acme.id), email="zwei@example.com")
    assert first.title_id == second.title_id
    title = queries.titles(account)[0]
    assert title.email == "zwei@example.com"
    assert b"6225880212345678" not in (title.bank_account_cipher or b"")
    assert titles.masked(title) == {
        "address": "深圳市南山区****",
        "phone": "138****8000",
        "bank_account": "****5678",
    }
    # What is left empty is taken from it; what is typed makes another one.
    kept = replace(COMPANY, address="", phone="", bank_account="")
    assert ask(account, make_invoice(acme.id), buyer=kept, known=title).title_id == title.id
    titles.forget(account, title, by=audit.SYSTEM)
    assert not queries.titles(account)
    assert again(first).title.name == COMPANY.name


def test_the_title_not_used_for_longest_gives_way(account, acme, monkeypatch):
    monkeypatch.setattr(titles, "REMEMBERED", 2)
    for name in ("甲公司", "乙公司", "丙公司"):
        ask(account, make_invoice(acme.id), buyer=replace(COMPANY, name=name))
    assert [one.name for one in queries.titles(account)] == ["丙公司", "乙公司"]


@pytest.fixture
def owner(acme, work):
    """Who signed acme up, and reads English; the mail of the sign-up has left."""
    signup = control_session().get(Signup, make_signup(locale="en").id)
    work()
    signup.workspace_id = acme.id
    control_session().commit()
    return signup


def test_it_is_issued_mailed_and_logged_with_its_file(acme, owner, sent, work):
    found = issue(make_fapiao(acme.id), upload=ofd())
    assert (found.state, found.file_type) == (FapiaoState.ISSUED, "application/ofd")
    with workspace_scope(acme), files.open_file(found.file_key) as kept:
        assert kept.read(2) == b"PK"
    work()
    work()
    told = [one for one in sent() if "is issued" in one.subject]
    assert {one.recipient for one in told} == {owner.email, "caiwu@example.com"}
    assert all(found.number in one.body and "[发票.ofd]" in one.body for one in told)
    with workspace_scope(acme):
        inside = session().scalars(select(AuditEntry.event).where(
            AuditEntry.subject_id == found.public_id))  # fmt: skip
        assert "fapiao:issued" in inside.all()
    with pytest.raises(Refused):
        services.withdraw(found, by=audit.SYSTEM)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "12"}, "number"),
        ({"number": "abc" * 5}, "number"),
        ({"issued_on": clock.today() + timedelta(days=2)}, "issued_on"),
        ({"upload": (io.BytesIO(png()), "发票.pdf")}, "file"),
        ({"upload": (io.BytesIO(png()), "发票.png")}, "file"),
        ({"upload": (io.BytesIO(packed({"a.txt": b"x"})), "发票.ofd")}, "file"),
        ({"amount": 1}, None),
    ],
)
def test_a_wrong_entry_is_refused_and_leaves_no_file(acme, changes, field):
    found = make_fapiao(acme.id)
    with workspace_scope(acme):
        before = files.stored_keys()
    with pytest.raises(Refused) as refused:
        issue(found, **changes)
    assert refused.value.field == field
    assert again(found).state == FapiaoState.REQUESTED
    with workspace_scope(acme):
        assert files.stored_keys() == before


def test_a_number_is_entered_once_and_a_stale_page_decides_nothing(acme):
    taken = issue(make_fapiao(acme.id))
    found = make_fapiao(acme.id)
    with pytest.raises(Refused) as refused:
        issue(found, number=taken.number)
    assert refused.value.field == "number"
    with pytest.raises(Stale):
        issue(found, version=found.version + 1)


def test_what_goes_back_before_it_is_issued_lowers_it(acme):
    found = give_back(make_fapiao(acme.id), 900)
    with pytest.raises(Refused, match=r"290\.00"):
        issue(found)
    found = issue(again(found), amount=29_000)
    assert (found.amount, found.uncorrected) == (29_000, 0)
    # All of it: there is nothing to issue any more.
    other = give_back(make_fapiao(acme.id), 29_900)
    with pytest.raises(Refused, match="given back"):
        issue(other, amount=0)


def test_it_is_rejected_with_a_reason_and_can_be_asked_for_again(account, acme, owner, sent, work):
    found = make_fapiao(acme.id)
    with pytest.raises(Refused):
        services.reject(found, reason=" ", version=found.version, by=audit.SYSTEM)
    services.reject(found, reason="抬头有误", version=found.version, by=audit.SYSTEM)
    work()
    assert any("抬头有误" in one.body for one in sent() if one.recipient == owner.email)
    assert queries.askable(account)
    assert ask(account, *queries.askable(account)).state == FapiaoState.REQUESTED


def test_what_goes_back_afterwards_is_owed_red_letter_notes(acme, owner, sent, work):
    assert queries.waiting() == 0
    found = give_back(issue(make_fapiao(acme.id)), 5_000)
    assert (found.uncorrected, queries.waiting()) == (5_000, 1)

    def correct(amount, **changes):
        given = {"number": number(), "issued_on": clock.today(), "upload": document("红字.pdf")}
        fresh = again(found)
        services.correct(
            fresh, amount=amount, version=fresh.version, by=audit.SYSTEM, **(given | changes)
        )

    for wrong in ({"amount": 5_001}, {"amount": 0}, {"amount": 1, "number": found.number}):
        with pytest.raises(Refused):
            correct(**wrong)
    correct(2_000)
    correct(3_000)
    assert (again(found).uncorrected, again(found).corrected_amount) == (0, 5_000)
    assert queries.waiting() == 0
    with pytest.raises(Refused, match="Nothing"):
        correct(1)
    work()
    subjects = [one.subject for one in sent() if one.recipient == owner.email]
    assert sum("red-letter" in one for one in subjects) == 2


def test_a_mail_that_was_cut_off_goes_on_with_the_second(acme, owner, sent, work, monkeypatch):
    issue(make_fapiao(acme.id))
    whole, calls = mail.send, []

    def once(recipient, *rest, **more):
        calls.append(recipient)
        if len(calls) == 2:
            raise OSError("gone")
        whole(recipient, *rest, **more)

    monkeypatch.setattr(mail, "send", once)
    work()
    with clock.moved(clock.now() + timedelta(hours=1)):
        work()
    assert len(calls) == 3
    assert len(set(calls)) == 2


def test_a_buried_workspaces_titles_keep_no_phone_and_no_bank(account, acme, workspace):
    found = issue(make_fapiao(acme.id))
    workspace.state = WorkspaceState.CLOSING
    bury(workspace)
    control_session().commit()
    control_session().expire_all()
    title = again(found).title
    assert (title.phone, title.bank_account, title.address) == ("", "", "")
    assert title.name == COMPANY.name
    assert not queries.titles(account)
