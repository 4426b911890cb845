"""What owners read: each thing once, in their language, with the amounts that count."""

import pytest

from control.billing.transfer import drawing, proving
from control.billing.transfer.receiving import pay_back
from control.billing.transfer.telling import tell
from control.signup.models import Signup
from kit import audit
from kit.db import control_session, control_transaction, workspace_scope
from tests.control.billing.transfer.conftest import movement, pay
from tests.factories.billing import make_transfer


@pytest.fixture
def read(account, owner_known, work, sent):
    """Return the one mail since the last look that has a word in it, in a language."""
    seen = set()

    def go(word, locale="en"):
        signup = control_session().query(Signup).filter_by(workspace_id=account.workspace_id).one()
        signup.locale = locale
        control_session().commit()
        work()
        found = [one for one in reversed(sent()) if one.message_id not in seen]
        seen.update(one.message_id for one in found)
        (said,) = [text for one in found if word in (text := f"{one.subject}\n{one.body}")]
        return said

    return go


def test_from_the_invoice_to_the_money_that_went_back(order, account, read):
    invoice = order()
    drawn = read(invoice.number)
    for said in (invoice.number, invoice.reference, "¥299.00", "招商银行深圳分行"):
        assert said in drawn
    pay(invoice, 10_000)
    part = read("已到账", "zh_Hans_CN")
    assert "还有 ¥199.00 待付" in part
    pay(invoice, 20_000)
    whole = read("arrived")
    assert "paid in full" in whole
    assert "¥1.00 are kept as your credit" in whole
    pay_back(account, movement(invoice, 100), reason="x", by=audit.SYSTEM)
    assert "¥1.00" in read("paid back")


def test_of_a_proof_that_proves_nothing_and_an_invoice_that_is_void(account, acme, terms, read):
    with workspace_scope(acme):
        proof = make_transfer(acme)
    proving.reject(proof, reason="看不清", version=1, by=audit.SYSTEM)
    assert "看不清" in read("未通过", "zh_Hans_CN")
    with control_transaction():
        drawing.void(proof.invoice, reason="x", by=audit.SYSTEM)
        tell(account, "void", invoice=proof.invoice)
    assert "not lost" in read("is void")
