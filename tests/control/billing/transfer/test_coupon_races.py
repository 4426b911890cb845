"""Two accounts at once: the last use of a coupon is one of theirs."""

import pytest

from control.billing.accounts import account_of
from control.billing.coupons import add_coupon
from control.billing.models import BillingAccount, CouponUse, Invoice, PlanPrice
from control.billing.transfer import buying
from control.billing.transfer.terms import TransferTerms, set_terms
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused
from tests.control.billing.conftest import make_plan
from tests.control.billing.transfer.test_races import account, at_once, race_app
from tests.racing import done

__all__ = ["at_once", "race_app"]
pytestmark = pytest.mark.real_commits


def test_the_last_use_of_a_coupon_is_one_accounts(at_once):
    price = make_plan("racing-coupons", 29_900).id
    set_terms(TransferTerms("号树", "招商银行", "1234", "", 14, 90), by=audit.SYSTEM)
    add_coupon("LAST", percent=20, most_uses=1, by=audit.SYSTEM)
    other = control_session().query(Workspace).filter_by(address="rival").one()
    accounts = [account().id, account_of(other.id).id]

    def ordering(account_id):
        return lambda: (
            buying.order(
                control_session().get_one(BillingAccount, account_id),
                control_session().get_one(PlanPrice, price),
                extra_seats=0,
                moment=clock.now(),
                code="last",
                by=audit.SYSTEM,
            ).total_amount
        )

    control_session().rollback()
    answers = at_once([ordering(one) for one in accounts])
    control_session().rollback()
    assert done(answers) == [23_920]
    [refusal] = [one for one in answers if isinstance(one, Refused)]
    assert refusal.field == "code"
    found = control_session().query(Invoice).filter(Invoice.account_id.in_(accounts))
    assert [one.total_amount for one in found.filter_by(total_amount=23_920)] == [23_920]
    assert control_session().query(CouponUse).count() == 1
