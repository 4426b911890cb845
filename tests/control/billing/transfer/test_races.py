"""Two at once: one booking, one renewal, one order, and numbers without a gap."""

import pytest

from control.billing.accounts import account_of, live_subscription
from control.billing.models import (
    BankTransfer,
    BillingAccount,
    BillingSetting,
    CreditNote,
    Invoice,
    PlanPrice,
    TransferProof,
)
from control.billing.transfer import buying, proving, refunding
from control.billing.transfer.receiving import receive
from control.billing.transfer.renewing import do_due
from control.billing.transfer.terms import TransferTerms, set_terms
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import control_session, workspace_scope
from kit.tenancy import current
from tests.control.billing.conftest import make_plan
from tests.control.billing.transfer.conftest import check_sums, invoices, movement
from tests.factories.billing import make_transfer
from tests.racing import done, on_the_course, racing_app

pytestmark = pytest.mark.real_commits


@pytest.fixture(scope="module")
def race_app(worker_id, data_dir):
    with racing_app(worker_id, data_dir) as made:
        yield made


@pytest.fixture
def at_once(race_app):
    with on_the_course(race_app) as course:
        yield course


def account() -> BillingAccount:
    workspace = control_session().query(Workspace).filter_by(address="acme").one()
    return account_of(workspace.id)


def test_two_who_make_the_first_setting_wait_for_each_other(at_once):
    def setting(days):
        terms = TransferTerms("号树", "招商银行", "1234", "", days, 90)
        return lambda: set_terms(terms, by=audit.SYSTEM) or days

    control_session().rollback()
    assert sorted(done(at_once([setting(days) for days in (10, 11, 12, 13)]))) == [10, 11, 12, 13]
    (kept,) = control_session().query(BillingSetting).filter_by(code="transfer").all()
    assert (kept.version, kept.value["due_days"] in {10, 11, 12, 13}) == (4, True)


def test_whoever_comes_second_finds_it_done(at_once):
    price = make_plan("racing", 29_900).id
    set_terms(TransferTerms("号树", "招商银行", "1234", "", 14, 90), by=audit.SYSTEM)

    def ordered():
        return buying.order(
            account(),
            control_session().get_one(PlanPrice, price),
            extra_seats=0,
            moment=clock.now(),
            by=audit.SYSTEM,
        ).id

    control_session().rollback()
    assert len(done(at_once([ordered] * 4))) == 1
    control_session().rollback()
    (invoice,) = invoices(account())
    key = invoice.id

    moved = [
        *[movement(invoice, bank_reference="ABCD 1", submission="the-same-click")] * 3,
        *(movement(invoice, bank_reference=one) for one in ("one 1", "ONE1")),
    ]

    def booking(one):
        return lambda: receive(control_session().get_one(Invoice, key), one, by=audit.SYSTEM).id

    control_session().rollback()
    answers = done(at_once([booking(one) for one in moved]))
    control_session().rollback()
    # The same click thrice is one booking, and of two forms with one reference one is refused.
    assert len(answers) == 4
    assert control_session().query(BankTransfer).count() == 2
    check_sums(account())
    assert account().credit_amount == 29_900

    control_session().rollback()
    assert len(done(at_once([do_due] * 4))) == 4
    control_session().rollback()
    assert len(invoices(account(), reason="subscription_cycle")) == 1
    assert live_subscription(account()).state == "active"
    numbers = [int(one.number[-6:]) for one in invoices(account())]
    assert numbers == [1, 2]


def test_an_invoice_is_paid_back_once_by_whoever_comes_first(at_once):
    workspace = current()
    with workspace_scope(workspace):
        invoice = make_transfer(workspace).invoice
        number = invoice.id
    control_session().rollback()
    receive(control_session().get_one(Invoice, number), movement(invoice), by=audit.SYSTEM)
    control_session().rollback()
    same = movement(invoice, 20_000, submission="one-click-of-a-refund")
    moved = [same, same, *(movement(invoice, 20_000) for _each in range(3))]

    def refund(one):
        def deed():
            found = control_session().get_one(Invoice, number)
            return refunding.refund(found, one, reason="x", by=audit.SYSTEM).number

        return deed

    control_session().rollback()
    answers = done(at_once([refund(one) for one in moved]))
    control_session().rollback()
    notes = control_session().query(CreditNote).filter_by(invoice_id=number).all()
    # Its own second click may have come first, too.
    assert set(answers) == {one.number for one in notes}
    assert [one.number[-6:] for one in notes] == ["000001"]
    assert control_session().get_one(Invoice, number).refunded_amount == 20_000


def test_a_proof_is_taken_back_or_confirmed(at_once):
    """One of the two, and with the money only where it was confirmed."""
    with workspace_scope(current()):
        proofs = [make_transfer(current()).id for _each in range(3)]
    control_session().rollback()
    for proof_id in proofs:
        control_session().rollback()
        proof = control_session().get_one(TransferProof, proof_id)
        moved = movement(proof.invoice)

        def confirm(proof_id=proof_id, moved=moved):
            found = control_session().get_one(TransferProof, proof_id)
            return receive(found.invoice, moved, by=audit.SYSTEM, proof=found).direction

        def take_back(proof_id=proof_id):
            found = control_session().get_one(TransferProof, proof_id)
            return proving.take_back(found, by=audit.SYSTEM)

        [won] = done(at_once([confirm, take_back]))
        control_session().rollback()
        found = control_session().get_one(TransferProof, proof_id)
        is_confirmed = won == "received"
        assert found.state == ("confirmed" if is_confirmed else "withdrawn")
        assert found.invoice.state == ("paid" if is_confirmed else "open")
