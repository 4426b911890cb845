"""What the bank takes back and what credit notes take back, as the mirror shows it."""

import pytest

from control.billing.models import Invoice
from control.billing.online.money_back import Way, possible, take_back
from kit import audit, clock
from kit.db import control_session


@pytest.fixture
def paid(account, buy, price) -> Invoice:
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price)
    return control_session().query(Invoice).filter(Invoice.total_amount > 0).one()


def dispute(line, ending: str) -> None:
    """The card's holder objects; then it is decided."""
    v1 = line.stripe.client.v1
    line.stripe.knob(f"charges/{v1.charges.list().data[0].id}/dispute")
    line.bring()
    if ending:
        line.stripe.knob(f"disputes/{v1.disputes.list().data[0].id}/close", won=ending == "won")
        line.bring()
    control_session().expire_all()


@pytest.mark.parametrize("keeps", [True, False])
def test_a_dispute_that_was_won_takes_nothing_whatever_the_charge_says(paid, line, keeps):
    line.stripe.knob("settings", keeps_disputed=keeps)
    dispute(line, "")
    assert (paid.is_disputed, paid.dispute_state) == (True, "needs_response")
    assert possible(paid).refund == 0
    dispute_id = line.stripe.client.v1.disputes.list().data[0].id
    line.stripe.knob(f"disputes/{dispute_id}/close", won=True)
    line.bring()
    control_session().expire_all()
    assert not paid.is_disputed
    assert paid.dispute_state == ("won" if keeps else None)
    assert possible(paid).refund == 29_900


def test_one_that_was_lost_stays_taken(paid, line):
    dispute(line, "lost")
    assert (paid.is_disputed, paid.dispute_state) == (True, "lost")
    assert possible(paid).refund == 0


def test_credit_notes_are_mirrored_with_number_and_document(paid, line):
    for place, way in enumerate((Way.REFUND, Way.CREDIT)):
        given = {"reason": f"第 {place} 次", "submission": f"click-{place}", "by": audit.SYSTEM}
        take_back(paid, way, amount=1_000, **given)
    line.bring()
    control_session().expire_all()
    first, second = paid.credited_by
    assert [one.number for one in (first, second)] == [
        f"{paid.number}-CN-01",
        f"{paid.number}-CN-02",
    ]
    assert (first.amount, first.memo, first.is_void) == (1_000, "第 0 次", False)
    assert first.pdf_url
    assert first.pdf_url.startswith("http")
    assert first.issued_at is not None
