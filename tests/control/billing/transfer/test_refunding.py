"""A paid invoice of ours is paid back: never more than was paid, on paper, in the books, once."""

from contextlib import suppress

import pytest

from control.billing.bookkeeping.postings import Ledger, summed
from control.billing.fapiao.amounts import kept_of, uncorrected
from control.billing.fapiao.queries import is_uncorrected
from control.billing.models import BankTransfer, BookEntry, CreditNote, FapiaoRequest
from control.billing.online.taxes import set_rate
from control.billing.transfer.document import credit_note_pdf
from control.billing.transfer.refunding import refund, refundable
from control.billing.transfer.wording import words
from kit import audit
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import speaking
from tests.control.billing.transfer.conftest import check_sums, invoices, movement, pay
from tests.factories.fapiao import issue, make_fapiao


@pytest.fixture
def paid(bought, account):
    return invoices(account)[0]


def back(invoice, amount=None, *, reason="两天不能用", **values):
    moved = movement(invoice, refundable(invoice) if amount is None else amount, **values)
    made = refund(invoice, moved, reason=reason, by=audit.SYSTEM)
    check_sums(invoice.account)
    return made


def notes():
    return control_session().query(CreditNote).order_by(CreditNote.id).all()


def test_a_part_goes_back_then_the_rest_and_no_more(paid, account):
    first = back(paid, 10_000)
    assert (paid.state, paid.paid_amount, paid.remaining_amount) == ("paid", 29_900, 0)
    assert (paid.refunded_amount, paid.credited_amount, kept_of(paid)) == (10_000, 10_000, 19_900)
    with pytest.raises(Refused, match="At most") as refusal:
        back(paid, 19_901)
    assert refusal.value.field == "amount"
    second = back(paid)
    assert [one.number[:3] + one.number[8:] for one in notes()] == ["CR-000001", "CR-000002"]
    assert (first.transfer.direction, second.amount) == ("paid_back", 19_900)
    with pytest.raises(Refused, match="Nothing"):
        back(paid, 1)
    assert len(notes()) == 2
    # It was no credit, and what was bought is had still.
    assert (account.credit_amount, account.standing) == (0, "active")


def test_the_books_take_back_what_was_earned_and_paid(paid):
    back(paid, 10_000)
    back(paid)
    rows = [
        (one.kind, one.provider, one.currency, one.amount, one.tax_amount)
        for one in control_session().query(BookEntry).filter_by(invoice_id=paid.id)
    ]
    assert sorted((kind, amount) for kind, _p, _c, amount, _t in rows) == [
        *[("credited", 10_000), ("credited", 19_900), ("issued", 29_900), ("paid", 29_900)],
        *[("refunded", 10_000), ("refunded", 19_900)],
    ]
    for one in summed(rows):
        assert one.debit == one.credit
    assert {one.ledger for one in summed(rows)} >= {Ledger.BANK, Ledger.SALES, Ledger.RECEIVABLE}


def test_the_tax_of_the_parts_adds_up_to_the_whole(account, order, held):
    set_rate("CNY", name="VAT", points=600, by=audit.SYSTEM)
    invoice = order()
    assert invoice.tax_amount == 1_692
    pay(invoice)
    for amount in (33, 33, 10_001, 777):
        back(invoice, amount)
    back(invoice)
    assert sum(one.tax_amount for one in notes()) == 1_692
    taxed = control_session().query(BookEntry).filter_by(invoice_id=invoice.id, kind="credited")
    assert [one.tax_amount for one in taxed.order_by(BookEntry.id)] == [
        one.tax_amount for one in notes()
    ]


def test_the_same_click_is_one_and_a_reference_is_booked_once(paid):
    moved = movement(paid, 5_000)
    one, again = (refund(paid, moved, reason="x", by=audit.SYSTEM) for _each in range(2))
    assert one.id == again.id
    with pytest.raises(Refused) as refusal:
        back(paid, 100, bank_reference=moved.bank_reference)
    assert refusal.value.field == "bank_reference"
    with pytest.raises(Refused, match="sent already"):
        back(paid, 200, submission=moved.submission)
    assert control_session().query(BankTransfer).filter_by(direction="paid_back").count() == 1


def test_nothing_goes_back_of_what_is_not_paid_or_in_another_currency(order, account, held):
    invoice = order()
    pay(invoice, 100)
    assert refundable(invoice) == 0
    with pytest.raises(Refused, match="Nothing"):
        refund(invoice, movement(invoice, 100), reason="x", by=audit.SYSTEM)
    pay(invoice)
    with pytest.raises(Refused) as refusal:
        back(invoice, 100, currency="USD")
    assert refusal.value.field == "currency"
    assert notes() == []


def test_what_was_issued_as_fapiao_waits_for_a_red_letter_note(paid, account):
    asked = make_fapiao(account.workspace_id, paid)
    issue(asked)
    assert uncorrected(asked) == 0
    back(paid, 10_000)
    assert uncorrected(asked) == 10_000
    assert control_session().query(FapiaoRequest).filter(is_uncorrected()).one() == asked


def test_the_owner_is_told_and_has_it_on_paper_in_both_languages(paid, account):
    note = back(paid, 10_000)
    with speaking("en"):
        subject, text = words(account, "refunded", invoice=paid, proof=None, transfer=note.transfer)
    assert paid.number in subject
    for said in ("100.00", "两天不能用", note.number, note.transfer.bank_reference):
        assert said in text
    for language in ("en", "zh_Hans_CN"):
        # A server may have no Chinese font.
        with suppress(Refused):
            assert credit_note_pdf(note, language).startswith(b"%PDF")
