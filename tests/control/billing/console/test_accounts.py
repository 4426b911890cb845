"""A customer in the console: stands, owes, timeline; reviewed and given a longer trial."""

import re
from datetime import timedelta

import pytest

from control.billing import planning, trials
from control.billing.accounts import review
from control.billing.models import BillingNotice, Invoice, Subscription
from control.billing.online import changing, mirror, money_back
from control.billing.transfer import drawing, effect, receiving
from control.billing.trials import extend_trial
from control.billing.usage import closing
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.tenancy import Access

ACCOUNTS = "/console/billing/accounts"


@pytest.fixture
def page(workspace):
    return f"/console/workspaces/{workspace.public_id}/billing"


def add(*rows):
    control_session().add_all(rows)
    control_session().commit()


def owed(account, amount=29_900, *, days=3, currency="CNY", **more):
    due = clock.now() - timedelta(days=days)
    values = {"number": f"R-{amount}-{days}", "provider": "stripe", "attempts": 1} | more
    return Invoice(
        account_id=account.id,
        state="open",
        currency=currency,
        total_amount=amount,
        remaining_amount=amount,
        issued_at=due,
        due_at=due,
        lines=[{"text": "Team", "amount": amount, "quantity": 1}],
        **values,
    )


def test_customers_are_listed_and_filtered(console, account, price):
    account.stripe_customer_id = "cus_acme"
    add(owed(account))
    assert "¥299.00" in console.get(ACCOUNTS).text
    plan = account.plan_version.plan.public_id
    for found in (
        "q=ACM", "q=cus_acme", "standing=trial", f"plan={plan}", "provider=stripe", "owed=yes",
    ):  # fmt: skip
        assert "Acme 通信" in console.get(f"{ACCOUNTS}?{found}").text, found
    for missed in (
        "q=nobody", "standing=suspended", f"plan={price.plan_version.plan.public_id}",
        "provider=transfer", "owed=no",
    ):  # fmt: skip
        assert "Acme 通信" not in console.get(f"{ACCOUNTS}?{missed}").text, missed


def test_a_customer_s_page_shows_what_it_has_owes_and_went_through(
    console, account, price, page, workspace
):
    add(
        owed(account),
        Subscription(
            account_id=account.id,
            provider="stripe",
            stripe_id="sub_shown",
            state="past_due",
            plan_version_id=price.plan_version_id,
            interval="month",
            currency="CNY",
            extra_seats=3,
            started_at=clock.now(),
        ),
    )
    review(account)
    text = console.get(page).text
    for words in ("sub_shown", "R-29900-3", "¥299.00", "team"):
        assert words in text, words
    assert page in console.get(f"/console/workspaces/{workspace.public_id}").text
    assert console.get(f"{page}?state=paid").status_code == 200
    assert console.get(f"{page}?export=xlsx").data.startswith(b"PK")


def test_what_of_its_plan_is_in_use_is_counted_in_the_workspace(console, page):
    text = console.get(f"{page}/usage").text
    assert text.count("<tr>") == 7
    # At least its owner has a seat.
    assert re.search(r'登录人数.*?</td><td class="at-end is-number"[^>]*>[1-9]', text)


def test_a_long_timeline_has_pages(console, account, page):
    add(*(owed(account, 1_000 + one, days=one + 1, attempts=0) for one in range(70)))
    first = console.get(page).text
    assert "until=" in first
    earlier = console.get(f"{page}?until={(clock.now() - timedelta(days=65)).isoformat()}").text
    assert "until=2" not in earlier.split("track")[-1]
    assert console.get(f"{page}?until=nonsense").status_code == 200


def test_a_trial_that_is_over_is_extended_and_all_is_open_again(
    console, account, workspace, page, logged
):
    workspace.trial_ends_at = clock.now() - timedelta(days=15)
    add(BillingNotice(account_id=account.id, about="trial-7"))
    review(account)
    assert workspace.access == Access.READ_ONLY
    answer = console.submit(f"{page}/trial", {"days": "10", "reason": "Wants to see the API."})
    assert answer.status_code == 303
    control_session().expire_all()
    left = workspace.trial_ends_at - clock.now()
    assert timedelta(days=9, hours=23) < left <= timedelta(days=10)
    assert (account.standing, workspace.access) == (WorkspaceState.TRIAL, Access.FULL)
    assert "billing:trial_extended" in logged(account)
    assert not control_session().query(BillingNotice).filter_by(about="trial-7").all()


@pytest.mark.parametrize(("field", "value"), [("days", "0"), ("days", "366"), ("reason", "")])
def test_a_bad_extension_changes_nothing(console, workspace, page, field, value):
    before = workspace.trial_ends_at
    refused = console.submit(f"{page}/trial", {"days": "10", "reason": "x"} | {field: value})
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    control_session().expire_all()
    assert workspace.trial_ends_at == before


def test_who_has_bought_has_no_trial_to_extend(account, price):
    add(
        Subscription(
            account_id=account.id,
            provider="stripe",
            state="active",
            plan_version_id=price.plan_version_id,
            interval="month",
            currency="CNY",
            started_at=clock.now(),
        )
    )
    with pytest.raises(Refused):
        extend_trial(account, days=5, reason="x", by=audit.SYSTEM)


def test_an_account_is_reviewed_by_hand(console, press, account, page, logged):
    add(owed(account, days=15))
    assert press(f"{page}/review", on=page).status_code == 303
    control_session().expire_all()
    assert account.standing == WorkspaceState.READ_ONLY
    assert logged(account)[-1] == "billing:reviewed"


def test_the_days_of_dunning_are_set_and_who_owes_is_looked_at(console, account, logged):
    add(owed(account, days=9))
    review(account)
    path = "/console/billing/dunning"
    good = {
        "retry_days": "1，2, 3", "notice_days": "3", "read_only_days": "5", "suspend_days": "30",
        "keep_days": "60",
    }  # fmt: skip
    for field, value in (
        ("retry_days", "1, x"), ("retry_days", "0"), ("notice_days", ""), ("read_only_days", "2"),
        ("suspend_days", "5"), ("suspend_days", "999"),
    ):  # fmt: skip
        refused = console.submit(path, good | {field: value})
        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.text
    assert console.submit(path, good).status_code == 303
    control_session().expire_all()
    assert account.review_at <= clock.now()
    review(account)
    assert account.standing == WorkspaceState.READ_ONLY
    assert "billing:schedule" in logged()
    assert "1, 2, 3" in console.get(path).text


def test_who_was_kept_long_enough_stands_on_a_tab_and_who_was_not_is_warned_of(
    console, account, workspace, page
):
    workspace.trial_ends_at = clock.now() - timedelta(days=30)
    add()
    review(account)
    kept = "/console/billing/accounts?standing=kept"
    closing = f"/console/workspaces/{workspace.public_id}/close"
    assert account.standing == WorkspaceState.SUSPENDED
    assert workspace.name not in console.get(kept).text
    assert "之前不会删除" in console.get(closing).text
    assert "保留至" in console.get(page).text
    workspace.trial_ends_at = clock.now() - timedelta(days=112)
    account.standing_since = clock.now() - timedelta(days=91)
    add()
    assert workspace.name in console.get(kept).text
    assert "之前不会删除" not in console.get(closing).text


def test_the_log_speaks_of_plans_and_states_in_words(console, account, price, page):
    content = planning.content_noted(planning.content_of(price.plan_version))
    with control_transaction():
        for event, details in (
            (changing.CHANGED, {"price": price.public_id, "extra_seats": 2, "submission": "s"}),
            (mirror.SUBSCRIBED, {"stripe_id": "s", "before": "trialing", "after": "past_due"}),
            (
                mirror.INVOICED,
                {"stripe_id": "i", "before": "draft", "after": "open", "amount": 29_900},
            ),
            (trials.REVIEWED, {"before": "trial", "after": "read_only"}),
            (
                money_back.DONE,
                {
                    "invoice": "R-1",
                    "way": "refund",
                    "amount": 100,
                    "currency": "CNY",
                    "stripe_id": "cn",
                },
            ),
            (planning.PUBLISHED, {"plan": "team", "number": 1, "after": content}),
            (closing.CHARGED, {"month": "2026-10", "charges": ["orders_month 1980 CNY"]}),
            (
                effect.GIVEN,
                {"invoice": "ST-1", "price": "team 299.00 CNY/month", "extra_seats": 0},
            ),
            (
                drawing.DRAWN,
                {"invoice": "ST-1", "amount": 1, "currency": "CNY", "reason": "manual"},
            ),
            (
                receiving.RECEIVED,
                {
                    "invoice": "ST-1",
                    "amount": 100,
                    "currency": "CNY",
                    "bank_reference": "CMB1",
                    "to_invoice": 60,
                    "to_credit": 40,
                },
            ),
        ):
            audit.record_control(event, account, by=audit.SYSTEM, **details)
    text = console.get(page).text
    for words in (
        "价格：team ¥299.00 每月",
        "修改前：已购买，试用中",
        "修改后：待付款",
        "修改后：只读",
        "退款",
        "¥1.00",
        "登录人数（席位） 5",
        "每月订单 ¥19.80",
        "价格：team ¥299.00 每月 · 账单：ST-1",
        "原因：超出套餐的用量",
        "其中转为余额：¥0.40",
    ):
        assert words in text, words
