"""Billing plans in the console: names, drafts of versions, published and then never changed."""

import pytest
from sqlalchemy import select

from control.billing import planning
from control.billing.limits import Counted, read_limits
from control.billing.models import BillingPlan, PlanVersion
from control.billing.plans import offered_versions, trial_version
from kit import audit
from kit.db import control_session
from kit.errors import Refused

PLANS = "/console/billing/plans"
NAMES = {"name_zh": "专业版", "name_en": "Pro", "position": "20", "is_offered": "y"}
CONTENT = {
    "trial_days": "14",
    "features": ["carrier_links"],
    "prices-0-currency": "CNY",
    "prices-0-interval": "month",
    "prices-0-amount": "299.00",
    "prices-0-seat_amount": "20",
    "prices-1-currency": "JPY",
    "prices-1-interval": "year",
    "prices-1-amount": "60000",
    "prices-1-seat_amount": "",
    "limits-0-counted": "seats",
    "limits-0-included": "5",
    "limits-0-kind": "hard",
    "limits-0-per": "",
    "limits-1-counted": "orders_month",
    "limits-1-included": "1,000",
    "limits-1-kind": "soft",
    "limits-1-per": "100",
    "beyond-0-counted": "orders_month",
    "beyond-0-currency": "CNY",
    "beyond-0-amount": "9.90",
}


@pytest.fixture
def plan(db) -> BillingPlan:
    return planning.add_plan(
        "pro", planning.PlanNames("专业版", "Pro", position=20), by=audit.SYSTEM
    )


def draft_of(plan) -> PlanVersion:
    control_session().expire_all()
    return plan.versions[0]


def edit(console, draft, **changes):
    return console.submit(f"/console/billing/versions/{draft.public_id}/edit", CONTENT | changes)


def test_a_plan_is_added_filled_published_and_sold(console, press, logged):
    made = console.submit(f"{PLANS}/new", NAMES | {"code": "Pro"})
    assert made.status_code == 303
    plan = control_session().scalars(select(BillingPlan).where(BillingPlan.code == "pro")).one()
    draft = draft_of(plan)
    assert draft not in offered_versions()
    assert edit(console, draft).status_code == 303
    control_session().expire_all()
    assert [(one.currency, one.interval, one.amount, one.seat_amount) for one in draft.prices] == [
        ("CNY", "month", 29_900, 2_000),
        ("JPY", "year", 60_000, None),
    ]
    limits = read_limits(draft.limits)
    assert limits[Counted.SEATS].included == 5
    assert limits[Counted.ORDERS].cost_of(1_101, "CNY") == 1_980
    assert limits[Counted.CHANNELS].included is None
    page = f"/console/billing/versions/{draft.public_id}"
    shown = console.get(page).text
    for words in ("¥299.00", "60,000", "9.90"):
        assert words in shown
    assert press(f"{page}/publish", on=page).status_code == 303
    assert draft in offered_versions()
    assert "专业版" in console.at("").get("/prices").text
    assert logged(plan) == [
        "billing:plan_added",
        "billing:version_edited",
        "billing:version_published",
    ]


def test_what_is_published_never_changes_and_stays_with_who_has_it(
    console, press, price, account, logged
):
    version = price.plan_version
    account.plan_version_id = version.id
    page = f"/console/billing/versions/{version.public_id}"
    plan_page = f"{PLANS}/{version.plan.public_id}"
    assert press(f"{plan_page}/draft", on=plan_page).status_code == 303
    draft = draft_of(version.plan)
    assert (draft.number, draft.trial_days) == (2, version.trial_days)
    assert [one.amount for one in draft.prices] == [29_900]
    edit(console, draft, **{"prices-0-amount": "399"})
    draft_page = f"/console/billing/versions/{draft.public_id}"
    press(f"{draft_page}/publish", on=draft_page)
    control_session().expire_all()
    assert [one.number for one in offered_versions() if one.plan_id == version.plan_id] == [2]
    assert account.plan_version_id == version.id
    assert version.prices[0].amount == 29_900
    for verb in ("publish", "discard"):
        press(f"{page}/{verb}", on=plan_page)
    control_session().expire_all()
    assert version.published_at is not None
    for verb in (planning.publish, planning.discard):
        with pytest.raises(Refused):
            verb(version, by=audit.SYSTEM)
    with pytest.raises(Refused):
        planning.edit_draft(
            version, planning.content_of(draft), version=version.plan.version, by=audit.SYSTEM
        )


def test_a_draft_is_thrown_away(console, press, plan, logged):
    draft = draft_of(plan)
    edit(console, draft)
    page = f"/console/billing/versions/{draft.public_id}"
    assert press(f"{page}/discard", on=page).status_code == 303
    assert console.get(page).status_code == 404
    assert logged(plan)[-1] == "billing:version_discarded"
    again = planning.draft_version(plan, by=audit.SYSTEM)
    assert again.number == 1


@pytest.mark.parametrize(
    ("field", "value", "about"),
    [
        ("trial_days", "", "trial_days"),
        ("trial_days", "400", "trial_days"),
        ("prices-0-amount", "1.234", "prices-0-amount"),
        ("prices-1-amount", "600.5", "prices-1-amount"),
        ("prices-0-interval", "", "prices-0-interval"),
        ("prices-0-currency", "XXX", "prices-0-currency"),
        ("limits-0-included", "-1", "limits-0-included"),
        ("limits-1-counted", "seats", "limits-1-counted"),
        ("limits-1-kind", "hard", "beyond-0-counted"),
        ("beyond-0-amount", "", "beyond-0-amount"),
        ("features", "magic", "features"),
    ],
)
def test_a_bad_draft_names_the_field_and_saves_nothing(console, plan, field, value, about):
    draft = draft_of(plan)
    refused = edit(console, draft, **{field: value})
    assert refused.status_code == 422
    assert f'id="{about}-error"' in refused.text
    control_session().expire_all()
    assert (draft.trial_days, draft.prices, draft.limits) == (30, [], {})


def test_the_same_price_twice_is_refused(console, plan):
    refused = edit(
        console, draft_of(plan), **{"prices-1-currency": "CNY", "prices-1-interval": "month"}
    )
    assert refused.status_code == 422
    assert 'id="prices-1-currency-error"' in refused.text


def test_without_a_price_it_is_not_published(plan):
    with pytest.raises(Refused):
        planning.publish(draft_of(plan), by=audit.SYSTEM)


@pytest.mark.parametrize("code", ["", "x", "mit Leer", "é" * 5, "pro"])
def test_a_bad_code_is_refused(console, plan, code):
    refused = console.submit(f"{PLANS}/new", NAMES | {"code": code})
    assert refused.status_code == 422
    assert 'id="code-error"' in refused.text


def test_names_are_changed_and_an_edit_that_met_another_is_told(console, plan, logged):
    path = f"{PLANS}/{plan.public_id}/edit"
    first = console.get(path)
    assert first.status_code == 200
    assert console.submit(path, NAMES | {"name_en": "Professional"}).status_code == 303
    control_session().expire_all()
    assert plan.name_en == "Professional"
    with pytest.raises(Refused):
        planning.edit_plan(plan, planning.PlanNames("甲", "A"), version=1, by=audit.SYSTEM)
    assert logged(plan)[-1] == "billing:plan_edited"


def test_the_last_plan_on_offer_stays(console, db):
    offered = {one.plan for one in offered_versions()}
    *others, last = sorted(offered, key=lambda one: one.id)
    for one in others:
        one.is_offered = False
    control_session().commit()
    data = {"name_zh": last.name_zh, "name_en": last.name_en, "position": "1"}
    refused = console.submit(f"{PLANS}/{last.public_id}/edit", data)
    assert refused.status_code == 422
    assert 'id="is_offered-error"' in refused.text
    assert trial_version().plan_id == last.id


def test_plans_are_listed_searched_and_filtered(console, plan):
    assert "专业版" in console.get(PLANS).text
    assert "专业版" in console.get(f"{PLANS}?q=PRO").text
    assert "专业版" not in console.get(f"{PLANS}?offered=no").text
    assert "专业版" in console.get(f"{PLANS}/{plan.public_id}").text
