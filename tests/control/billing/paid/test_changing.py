"""Buying and changing: what is shown is what is charged, and nothing is charged twice."""

from datetime import timedelta

import pytest

from control.billing import accounts
from control.billing.models import Invoice
from control.billing.online.changing import (
    apply_change,
    give_up,
    preview_change,
    take_back_giving_up,
)
from control.billing.online.checkout import begin_checkout, open_portal
from kit import audit, clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.errors import Refused
from kit.payments import Declined, Unclear

BACK = "http://acme.localhost/settings/billing"


@pytest.fixture
def bought(account, line):
    line.pass_days(10)
    return accounts.live_subscription(account)


def charges(account, line) -> list[int]:
    found = line.stripe.client.v1.charges.list({"customer": account.stripe_customer_id})
    return [one.amount for one in found.data if one.paid]


def change(account, price, preview, **more):
    apply_change(
        account,
        price,
        extra_seats=more.get("extra_seats", 0),
        moment=preview.moment,
        submission=more.get("submission", "one"),
        by=audit.SYSTEM,
    )


@pytest.mark.parametrize("extra_seats", [0, 4])
def test_the_preview_is_the_charge_to_the_fen(bought, account, larger, line, extra_seats):
    seen = preview_change(account, larger, extra_seats=extra_seats)
    assert sum(one.amount for one in seen.lines) == seen.due_now > 0
    # Somebody reads for an hour before pressing the button.
    line.pass_days(1 / 24)
    change(account, larger, seen, extra_seats=extra_seats)
    assert charges(account, line)[0] == seen.due_now
    assert account.plan_version_id == larger.plan_version_id
    assert accounts.live_subscription(account).extra_seats == extra_seats


def test_a_change_sent_twice_is_one(bought, account, larger, line):
    seen = preview_change(account, larger, extra_seats=0)
    change(account, larger, seen)
    change(account, larger, seen)
    assert charges(account, line)[0] == seen.due_now
    assert len(charges(account, line)) == 2


def test_a_declined_card_changes_nothing(bought, account, larger, line):
    v1 = line.stripe.client.v1
    bad = v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": account.stripe_customer_id}
    )
    v1.subscriptions.update(bought.stripe_id, {"default_payment_method": bad.id})
    seen = preview_change(account, larger, extra_seats=0)
    with pytest.raises(Declined):
        change(account, larger, seen)
    line.bring()
    assert account.plan_version_id != larger.plan_version_id


def test_an_answer_that_got_lost_charges_once(bought, account, larger, line):
    seen = preview_change(account, larger, extra_seats=0)
    line.stripe.knob("faults", kind="500_after", method="POST", times=3, path="/v1/subscriptions/")
    with pytest.raises(Unclear):
        change(account, larger, seen)
    change(account, larger, seen)
    assert charges(account, line)[0] == seen.due_now
    assert len(charges(account, line)) == 2


def noted(account) -> list[dict]:
    found = control_session().query(ControlAuditEntry).filter_by(subject_id=account.public_id)
    return [one.details for one in found if one.event == "billing:plan_changed"]


@pytest.mark.parametrize("kind", ["500_after", "500_kept", "cut"])
def test_with_seats_the_second_try_finds_the_change_done(bought, account, larger, line, kind):
    seen = preview_change(account, larger, extra_seats=4)
    line.stripe.knob("faults", kind=kind, method="POST", times=3, path="/v1/subscriptions/")
    with pytest.raises(Unclear):
        change(account, larger, seen, extra_seats=4)
    change(account, larger, seen, extra_seats=4)
    change(account, larger, seen, extra_seats=4)
    assert charges(account, line)[0] == seen.due_now
    assert len(charges(account, line)) == 2
    assert [one["extra_seats"] for one in noted(account)] == [4]
    assert accounts.live_subscription(account).extra_seats == 4


def test_another_choice_under_the_same_click_is_another_change(bought, account, larger, line):
    seen = preview_change(account, larger, extra_seats=2)
    change(account, larger, seen, extra_seats=2)
    other = preview_change(account, larger, extra_seats=3)
    change(account, larger, other, extra_seats=3)
    assert accounts.live_subscription(account).extra_seats == 3


def test_no_second_plan_is_bought_beside_the_first(bought, account, larger):
    with pytest.raises(Refused, match="bought already"):
        begin_checkout(
            account, larger, extra_seats=0, submission="x", back_url=BACK, by=audit.SYSTEM
        )


def test_who_owes_can_change_nothing(bought, account, larger, line):
    control_session().add(
        Invoice(
            account_id=account.id,
            provider="stripe",
            stripe_id="in_owed",
            state="open",
            currency="CNY",
            total_amount=100,
            remaining_amount=100,
            attempts=1,
            due_at=clock.now() - timedelta(days=1),
        )
    )
    control_session().commit()
    with pytest.raises(Refused, match="owed"):
        preview_change(account, larger, extra_seats=0)


def test_a_plan_that_is_not_sold_any_more_cannot_be_had(bought, account, larger):
    larger.plan_version.plan.is_offered = False
    control_session().commit()
    with pytest.raises(Refused, match="not sold"):
        preview_change(account, larger, extra_seats=0)


def test_giving_up_lasts_to_the_end_of_what_is_paid_and_can_be_taken_back(bought, account, line):
    give_up(account, reason="too dear", by=audit.SYSTEM)
    assert accounts.live_subscription(account).cancels_at is not None
    take_back_giving_up(account, by=audit.SYSTEM)
    assert accounts.live_subscription(account).cancels_at is None
    give_up(account, reason="too dear", by=audit.SYSTEM)
    line.pass_days(25)
    line.bring()
    assert accounts.live_subscription(account) is None
    assert account.standing == "read_only"


def test_the_portal_opens_for_this_customer(bought, account):
    assert open_portal(account, back_url=BACK, by=audit.SYSTEM).startswith("http")
