"""Plans beside the standard one, so that there is something to choose on a fresh machine."""

from sqlalchemy import select

from control.billing import planning
from control.billing.features import Feature
from control.billing.limits import Counted, Limit
from control.billing.models import BillingPlan, Interval
from control.billing.online.taxes import set_rate
from control.billing.transfer.terms import TransferTerms, set_terms, terms_now
from kit import audit
from kit.db import control_session, control_transaction

_GIGABYTE = 1_024
_ACCOUNT = TransferTerms(
    account_name="号树演示有限公司",
    bank="演示银行深圳分行",
    account_number="0000 0000 0000 0000",
    note="演示数据，请勿付款 · Demonstration, do not pay",
)
_PLANS = {
    "starter": (
        planning.PlanNames("起步版", "Starter", "适合刚起步的渠道商", "For who begins", 5),
        9_900,
        {Counted.SEATS: 10, Counted.CHANNELS: 50, Counted.NUMBERS: 50_000},
        2_000,
        [],
    ),
    "business": (
        planning.PlanNames("商务版", "Business", "适合多级渠道", "For trees of many levels", 20),
        99_900,
        {Counted.SEATS: 200, Counted.CHANNELS: 5_000, Counted.NUMBERS: 5_000_000},
        100_000,
        [Feature.CARRIER_LINKS, Feature.PRIORITY_SUPPORT],
    ),
}


def offer_plans(*, by: audit.Actor) -> None:
    """Offer the demonstration's plans, once, and say where transfers go and what tax is in them."""
    for code, (names, amount, hard, orders, features) in _PLANS.items():
        if control_session().scalar(select(BillingPlan.id).where(BillingPlan.code == code)):
            continue
        limits = {counted: Limit(most) for counted, most in hard.items()}
        limits[Counted.ORDERS] = Limit(
            orders, is_hard=False, per=1_000, amounts={"CNY": 5_000, "USD": 700}
        )
        limits[Counted.API_CALLS] = Limit(
            orders // 20, is_hard=False, per=10, amounts={"CNY": 500, "USD": 70}
        )
        limits[Counted.STORAGE] = Limit(20 * _GIGABYTE)
        prices = [
            planning.Price("CNY", Interval.MONTH, amount, 2_000),
            planning.Price("CNY", Interval.YEAR, 10 * amount, 20_000),
            planning.Price("USD", Interval.MONTH, amount // 7, 300),
        ]
        content = planning.Content(30, limits, [one.value for one in features], prices)
        with control_transaction():
            plan = planning.add_plan(code, names, by=by)
            draft = plan.versions[0]
            planning.edit_draft(draft, content, version=plan.version, by=by)
            planning.publish(draft, by=by)
    if not terms_now().is_complete:
        set_terms(_ACCOUNT, by=by)
        set_rate("CNY", points=600, name="VAT", by=by)
