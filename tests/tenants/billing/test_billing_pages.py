"""Plan and billing as the owner, a colleague with fewer rights and another workspace see it."""

import re
from datetime import timedelta

import pytest

from control.billing import accounts
from control.billing.accounts import review
from control.billing.limits import Counted
from control.billing.models import Invoice, PlanPrice
from control.workspaces.directory import directory
from kit import clock
from kit.db import control_session, transaction, workspace_scope
from tenants.accounts import counters
from tenants.accounts.limits import MEGABYTE
from tests.factories import accounts as accounts_of
from tests.factories.channels import make_channel
from tests.factories.customers import resident_id
from tests.page import parse

HOME = "/settings/billing/"


def send(browser, path, data):
    return browser.post(path, data=data | {"csrf_token": browser.token(HOME + "plan")})


@pytest.fixture
def owner(client, acme):
    with workspace_scope(acme):
        return accounts_of.signed_in(client, accounts_of.owner())


@pytest.fixture
def finance(client, acme):
    with workspace_scope(acme):
        user = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["billing:view"])])
        return accounts_of.signed_in(client, user)


@pytest.fixture
def bought(account, buy, price, line):
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    line.pass_days(0.01)
    return accounts.live_subscription(account)


def test_a_trial_says_when_it_ends_and_what_is_in_use(owner, stripe_here):
    page = owner.get(HOME).text
    assert "试用于" in page
    assert "登录人数" in page
    assert HOME + "plan" in page


def test_choosing_leads_to_checkout_and_back(owner, price, line, account, work):
    form = owner.get(HOME + "plan")
    answer = send(
        owner,
        HOME + "plan",
        data={"price": price.public_id, "extra_seats": "2", "submission": "click-1"},
    )
    assert form.status_code == 200
    assert answer.status_code == 200
    session = answer.headers["Refresh"].rstrip("/").rsplit("/", 1)[-1].split("#")[0]
    assert "自动更新" in owner.get(HOME + "?checkout=done").text
    line.stripe.knob(f"checkout/{session}/complete")
    line.bring()
    control_session().expire_all()
    page = owner.get(HOME + "?checkout=done").text
    assert "自动更新" not in page
    assert "已购买" in page
    # Came back by hand, or a second time: it says the same and buys nothing.
    assert owner.get(HOME + "?checkout=done").status_code == 200
    assert "没有购买" in owner.get(HOME + "?checkout=left").text


def test_the_currency_is_chosen_before_anything_is_bought(owner, finance, price, buy):
    dollars = {"currency": "USD", "interval": "month", "amount": 4_900}
    control_session().add(PlanPrice(plan_version_id=price.plan_version_id, **dollars))
    control_session().commit()
    assert HOME + "currency" in owner.get(HOME).text
    assert "US$49.00" not in owner.get(HOME + "plan").text
    assert send(owner, HOME + "currency", {"currency": "DEM"}).status_code == 422
    assert send(owner, HOME + "currency", {"currency": "USD"}).status_code == 303
    assert "US$49.00" in owner.get(HOME + "plan").text
    assert finance.get(HOME + "currency").status_code in {403, 404}
    assert send(owner, HOME + "currency", {"currency": "CNY"}).status_code == 303
    buy(price)
    assert HOME + "currency" not in owner.get(HOME).text
    assert send(owner, HOME + "currency", {"currency": "USD"}).status_code == 422


def test_a_change_is_shown_before_it_is_charged(owner, bought, larger, account):
    shown = send(
        owner,
        HOME + "plan",
        data={"price": larger.public_id, "extra_seats": "0", "submission": "s1"},
    )
    assert shown.status_code == 200
    assert "更改并支付" in shown.text
    assert account.plan_version_id != larger.plan_version_id
    moment = re.search(r'name="moment" value="([^"]+)"', shown.text)[1]
    done = send(
        owner,
        HOME + "plan",
        data={
            "price": larger.public_id,
            "extra_seats": "0",
            "submission": "s1",
            "moment": moment,
            "agreed": "yes",
        },
    )
    assert done.status_code in {302, 303}
    control_session().expire_all()
    assert account.plan_version_id == larger.plan_version_id


def test_seats_are_changed_of_a_plan_that_is_sold_no_more(owner, bought, price, larger):
    price.plan_version.plan.is_offered = False
    control_session().commit()
    page = owner.get(HOME + "plan").text
    assert "不再出售" in page
    shown = send(
        owner,
        HOME + "plan",
        data={"price": price.public_id, "extra_seats": "3", "submission": "s1"},
    )
    assert 'name="agreed"' in shown.text


def test_what_does_not_fit_into_a_plan_is_listed(owner, acme, bought, larger):
    with workspace_scope(acme):
        for _ in range(22):
            make_channel()
    answer = send(
        owner,
        HOME + "plan",
        data={"price": larger.public_id, "extra_seats": "0", "submission": "s1"},
    )
    assert answer.status_code == 422
    listed = ["".join(one.itertext()) for one in parse(answer.text).iter("li")]
    assert any("22" in one and "包含 20" in one for one in listed)


def test_room_beyond_a_plan_is_listed_with_its_unit(owner, acme, bought, larger):
    version = larger.plan_version
    version.limits = {"storage_mb": {"included": 10, "is_hard": True, "per": 1, "amounts": {}}}
    control_session().commit()
    with workspace_scope(acme), transaction():
        counters.put(Counted.STORAGE, 3 * 1024 * MEGABYTE)
    choice = {"price": larger.public_id, "extra_seats": "0", "submission": "s1"}
    answer = send(owner, HOME + "plan", data=choice)
    listed = ["".join(one.itertext()) for one in parse(answer.text).iter("li")]
    assert any("3.0 GB" in one and "10 MB" in one for one in listed)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"price": "nothing", "extra_seats": "0"}, "该选项已不存在。"),
        ({"price": "", "extra_seats": "0"}, ""),
        ({"extra_seats": "-1"}, ""),
        ({"extra_seats": "viele"}, ""),
    ],
)
def test_nonsense_is_refused_and_kept(owner, price, sent, said):
    answer = send(owner, HOME + "plan", {"price": price.public_id, "submission": "s"} | sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{sent["extra_seats"]}"' in answer.text


def test_invoices_are_listed_and_shown(owner, bought, account):
    found = control_session().query(Invoice).filter_by(account_id=account.id).all()
    listed = owner.get(HOME + "invoices/").text
    assert all(one.number in listed for one in found)
    assert all(f"¥{one.total_amount / 100:,.2f}" in listed for one in found)
    assert "明细" in owner.get(HOME + f"invoices/{found[0].public_id}").text


def test_who_may_only_look_buys_nothing(finance, price, bought):
    assert finance.get(HOME).status_code == 200
    assert HOME + "plan" not in finance.get(HOME).text
    assert finance.get(HOME + "plan").status_code == 403
    token = finance.token("/account")
    for path in ("plan", "portal", "give-up", "keep"):
        assert finance.post(HOME + path, data={"csrf_token": token}).status_code == 403


def test_who_may_not_look_sees_nothing(client, acme):
    with workspace_scope(acme):
        user = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["order:view"])])
        stranger = accounts_of.signed_in(client, user)
    assert stranger.get(HOME).status_code == 403


def test_another_workspace_sees_its_own(client, bought, account, rival):
    mine = control_session().query(Invoice).filter_by(account_id=account.id).first()
    with workspace_scope(rival):
        other = accounts_of.signed_in(client, accounts_of.owner())
    assert other.get(HOME + f"invoices/{mine.public_id}").status_code == 404
    assert mine.number not in other.get(HOME + "invoices/").text


@pytest.mark.parametrize(
    ("days", "said"),
    [(-8, None), (-6, "试用将于"), (1, "有款项未付"), (13, "有款项未付")],
)
@pytest.mark.usefixtures("held")
def test_who_sees_to_the_plan_is_told_before_it_hurts(client, account, acme, rival, *, days, said):
    account.workspace.trial_ends_at = clock.now() - timedelta(days=days)
    control_session().commit()
    review(account)
    directory.forget()
    try:
        for place, may, is_told in (
            (acme, "billing:view", said is not None),
            (acme, "customer:view", False),
            (rival, "billing:view", False),
        ):
            with workspace_scope(place):
                roles = [accounts_of.make_role(permissions=[may, "customer:view"])]
                person = accounts_of.make_user(roles=roles)
                page = accounts_of.signed_in(client, person).get("/customers/").text
            assert (f'href="{HOME}"' in page.partition("<main")[0].rpartition("standing")[2]) == (
                is_told
            )
            assert ((said or "试用将于") in page) == is_told
    finally:
        directory.forget()


def test_who_was_shut_out_for_not_paying_gets_in_to_pay_and_nowhere_else(
    owner, account, acme, price, held
):
    account.workspace.trial_ends_at = clock.now() - timedelta(days=30)
    control_session().commit()
    review(account)
    directory.forget()
    assert account.standing == "suspended"
    assert owner.get("/orders/").location.endswith(HOME)
    assert send(owner, "/orders/new", data={}).status_code == 503
    page = owner.get(HOME)
    assert page.status_code == 200
    assert "尚未购买套餐" in page.text
    # Nothing that is shut is asked for behind his back.
    assert "/favourites/" not in page.text
    assert owner.get(HOME + "plan").status_code == 200
    # The help says how to pay, and leads to nothing that is shut.
    helped = owner.get("/help/beside?page=billing.invoice").text
    assert "付款附言" in helped
    assert "/help/reports/new" not in helped
    assert owner.get("/login").status_code in {200, 302}
    directory.forget()


def test_a_read_only_workspace_says_why_and_saves_nothing(owner, account, acme, held):
    account.workspace.trial_ends_at = clock.now() - timedelta(days=15)
    control_session().commit()
    review(account)
    directory.forget()
    assert account.standing == "read_only"
    page = owner.get("/customers/").text
    assert "只读" in page
    assert f'href="{HOME}"' in page
    typed = {
        "name": "王五",
        "kind": "person",
        "phone": "13700136001",
        "credit": "normal",
        "document_kind": "resident_id",
        "document": resident_id(),
        "province": "广东",
    }
    answer = owner.submit("/customers/new", typed)
    assert answer.status_code == 423
    assert "没有保存" in answer.text
    directory.forget()
