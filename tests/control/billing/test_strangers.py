"""What is shown of what Stripe says of strangers, and of a coupon."""

from control.billing import accounts
from control.billing.coupons import add_coupon, offer_at_stripe
from control.billing.models import EventState, Invoice, StripeEvent
from kit import audit, clock
from kit.db import control_session
from tests.control.billing.picture import picture


def test_strangers_and_what_is_gone_change_nothing(account, line):
    made = line.stripe.client.v1.customers.create({"name": "somebody else"})
    product = line.stripe.client.v1.products.create({"name": "other"})
    other = line.stripe.client.v1.prices.create(
        {
            "product": product.id,
            "currency": "cny",
            "unit_amount": 100,
            "recurring": {"interval": "month"},
        }
    )
    line.stripe.client.v1.subscriptions.create(
        {"customer": made.id, "items": [{"price": other.id}], "trial_period_days": 7}
    )
    before = picture(account)
    line.bring()
    assert picture(account) == before
    assert {one.state for one in control_session().query(StripeEvent)} <= {
        EventState.DONE,
        EventState.IGNORED,
    }


def test_a_coupon_is_mirrored_by_its_code_until_it_is_used_up(buy, price, line, account):
    coupon = add_coupon("SPRING-20", percent=20, months=1, by=audit.SYSTEM)
    offer_at_stripe(coupon, by=audit.SYSTEM)
    account.workspace.trial_ends_at = clock.now()
    control_session().commit()
    buy(price, promotion_code="SPRING-20")
    assert accounts.live_subscription(account).coupon == "SPRING-20"
    paid = control_session().query(Invoice).one()
    assert (paid.total_amount, paid.lines[0]["off"]) == (23_920, 5_980)
    line.pass_days(32)
    line.bring()
    control_session().expire_all()
    assert accounts.live_subscription(account).coupon is None
