"""The public site: from the landing page to the progress of a build."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from control.billing.accounts import account_of
from control.billing.models import PlanPrice
from control.billing.plans import trial_version
from control.signup import services
from control.signup.models import Signup, SignupState
from control.signup.services import Visitor
from control.workspaces.models import Workspace
from kit import clock
from kit.db import control_session
from tests.control.conftest import link_in
from tests.factories.control import PASSWORD, make_signup
from tests.page import parse

TYPED = {
    "company": "广州山海通信有限公司",
    "address": "Shanhai",
    "contact_name": "李山海",
    "username": "shanhai_li",
    "email": "li@shanhai-tx.com",
    "phone": "139 0013 9000",
    "password": PASSWORD,
    "confirm": PASSWORD,
    "purpose": "resell",
    "contact_role": "owner",
    "service_type": "guided",
    "plan": "standard",
    "currency": "USD",
    "timezone": "Asia/Tokyo",
    "reference_code": "A-77",
    "terms": "y",
}


@pytest.fixture
def site(client):
    return client.at("")


def signups() -> int:
    return control_session().scalar(select(func.count()).select_from(Signup))


def hidden(response) -> dict[str, str]:
    return {
        field.get("name"): field.get("value", "")
        for field in parse(response.text).iter("input")
        if field.get("type") == "hidden" and field.get("name") != "next"
    }


def value_of(response, name: str) -> str:
    (field,) = [f for f in parse(response.text).iter("input") if f.get("name") == name]
    return field.get("value", "")


def reviewed(site, **changes):
    return site.submit("/signup", TYPED | changes)


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("path", ["/", "/signup", "/terms", "/privacy", "/find"])
def test_a_page_shows_itself_in_both_languages(site, path, language):
    site.set_cookie("language", language, domain="simtree.test")
    response = site.get(path)
    assert response.status_code == 200
    tag = "en" if language == "en" else "zh-CN"
    assert f'<html lang="{tag}">' in response.text


def test_the_price_is_the_plan_s(site):
    text = site.get("/").text
    assert "299.00" in text
    assert "30 天" in text


@pytest.fixture(autouse=True)
def _sold_in_two_currencies(db):
    """The plan that is offered, for dollars, too."""
    version = trial_version()
    dollars = {"currency": "USD", "interval": "month", "amount": 4_900}
    control_session().add(PlanPrice(plan_version_id=version.id, **dollars))
    control_session().commit()


def chosen(page, name: str) -> str:
    (field,) = [one for one in parse(page.text).iter("select") if one.get("name") == name]
    (option,) = [one for one in field.iter("option") if one.get("selected") is not None]
    return option.get("value", "")


def test_what_was_chosen_among_the_prices_comes_along_and_is_had(site, sent, work):
    prices = site.get("/prices?currency=USD").text
    code = trial_version().plan.code
    assert f"/signup?plan={code}&amp;currency=USD" in prices
    form = site.get(f"/signup?plan={code}&currency=USD", headers={"Accept-Language": "en-SG"})
    assert [chosen(form, one) for one in ("plan", "currency", "timezone")] == [
        code, "USD", "Asia/Singapore",
    ]  # fmt: skip
    # Who comes from nowhere finds the usual chosen, too.
    plain = site.get("/signup")
    assert (chosen(plain, "plan"), chosen(plain, "currency")) == (code, "CNY")
    # What nobody offers is not chosen, and says so when it is sent.
    odd = site.get("/signup?plan=gold&currency=XXX")
    assert (chosen(odd, "plan"), chosen(odd, "currency")) == (code, "CNY")
    refused = reviewed(site, timezone="Mars/Olympus")
    assert refused.status_code == 422
    review = reviewed(site, plan=code)
    assert "东京" in review.text
    site.post("/signup/submit", data=hidden(review))
    signup = control_session().scalars(select(Signup)).one()
    workspaces_of = services.verify_signup(link_after(work, sent), by=Visitor())
    made = control_session().get_one(Workspace, workspaces_of.workspace_id)
    assert (signup.plan, made.currency, made.timezone) == (code, "USD", "Asia/Tokyo")
    assert account_of(made.id).currency == "USD"


def link_after(work, sent) -> str:
    work()
    return link_in(sent()[0]).removeprefix("/signup/verify/")


def test_from_the_form_to_the_progress(site, sent, work):
    review = reviewed(site)
    assert review.status_code == 200
    assert signups() == 0
    for shown in (
        "广州山海通信有限公司",
        "http://shanhai.simtree.test/",
        "li@shanhai-tx.com",
        "13900139000",
        "李山海",
        "A-77",
    ):
        assert shown in review.text
    assert PASSWORD not in review.text
    submitted = site.post("/signup/submit", data=hidden(review))
    assert submitted.status_code == 303
    mailbox = site.get(submitted.location)
    assert "li@shanhai-tx.com" not in mailbox.text
    work()
    path = link_in(sent()[0])
    assert "确认并开通企业空间" in site.get(path).text
    signup = control_session().scalars(select(Signup)).one()
    assert signup.state == SignupState.SUBMITTED
    verified = site.submit(path, {})
    assert verified.status_code == 303
    progress = site.get(verified.location)
    assert 'hx-trigger="every 1s"' in progress.text
    assert site.get(submitted.location).location == verified.location
    assert site.get(path).location == verified.location
    steps = site.get(
        verified.location.replace("/progress", "/steps"), headers={"HX-Request": "true"}
    )
    assert steps.status_code == 200
    assert "HX-Redirect" not in steps.headers


def test_going_back_loses_nothing_but_the_password_s_letters(site):
    review = reviewed(site)
    again = site.post("/signup/edit", data=hidden(review))
    assert again.status_code == 200
    assert PASSWORD not in again.text
    for name in ("company", "contact_name", "username", "email", "reference_code"):
        assert value_of(again, name) == TYPED[name]
    without = {k: v for k, v in TYPED.items() if k not in {"password", "confirm"}}
    second = site.post("/signup", data=without | hidden(again) | {"company": TYPED["company"]})
    assert second.status_code == 200
    assert "请核对信息" in second.text
    assert site.post("/signup/submit", data=hidden(second)).status_code == 303


def test_after_a_change_of_one_s_own_data_the_password_is_asked_for_again(site):
    again = site.post("/signup/edit", data=hidden(reviewed(site)))
    without = {k: v for k, v in TYPED.items() if k not in {"password", "confirm"}}
    refused = site.post("/signup", data=without | hidden(again) | {"username": "someone_else"})
    assert refused.status_code == 422
    assert "请重新输入密码" in refused.text


def test_every_broken_rule_is_told_at_once(site):
    refused = reviewed(site, address="www", username="admin", email="a@mailinator.com", terms="")
    assert refused.status_code == 422
    for sentence in ("该地址为保留地址", "该用户名为保留名称", "不支持一次性邮箱"):
        assert sentence in refused.text
    assert value_of(refused, "company") == TYPED["company"]
    assert signups() == 0


def test_a_good_password_survives_another_field_s_mistake(site):
    refused = reviewed(site, address="www")
    assert "密码已保留" in refused.text
    fixed = {k: v for k, v in TYPED.items() if k not in {"password", "confirm"}}
    assert "请核对信息" in site.post("/signup", data=fixed | hidden(refused)).text


@pytest.mark.parametrize(
    ("password", "confirm", "sentence"),
    [
        ("", "", "此项必填"),
        ("short", "short", "8"),
        ("Shanhai_li-2026", "Shanhai_li-2026", "password"),
        (PASSWORD, PASSWORD + "x", "两次输入的密码不一致"),
    ],
)
def test_a_bad_password_is_refused(site, password, confirm, sentence):
    site.inspect = sentence != "password"
    refused = reviewed(site, password=password, confirm=confirm)
    assert refused.status_code == 422
    assert "field-error" in refused.text
    assert "密码已保留" not in refused.text


@pytest.mark.parametrize("page", ["/signup/submit", "/signup/edit"])
def test_a_forged_or_old_draft_leads_back_to_the_form(site, page):
    good = hidden(reviewed(site))
    for bad in ({"draft": ""}, {"draft": "AAAA"}, {"draft": "§"}, {"submission": "x" * 43}):
        assert site.post(page, data=good | bad).location.endswith("/signup")
    with clock.moved(clock.now() + timedelta(hours=12, minutes=1)):
        site.inspect = False
        response = site.post(page, data=good)
        assert response.status_code in {303, 400}
    assert signups() == 0


def test_sending_twice_is_one_signup(site):
    draft = hidden(reviewed(site))
    first = site.post("/signup/submit", data=draft)
    second = site.post("/signup/submit", data=draft)
    assert first.location == second.location
    assert signups() == 1


def test_a_name_taken_meanwhile_shows_the_form_again(site):
    draft = hidden(reviewed(site))
    make_signup(address="shanhai")
    refused = site.post("/signup/submit", data=draft)
    assert refused.status_code == 422
    assert "该地址正在注册中" in refused.text
    assert value_of(refused, "company") == TYPED["company"]
    assert "密码已保留" in refused.text


def test_the_sixth_from_one_place_is_refused(site):
    for _ in range(5):
        make_signup(ip_address="127.0.0.1")
    refused = reviewed(site)
    assert refused.status_code == 422
    assert "一小时内注册次数过多" in refused.text


def test_it_needs_the_token_of_the_form(site):
    site.inspect = False
    assert site.post("/signup", data=TYPED).status_code == 400


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("freeone", "可以使用"),
        ("acme", "已被使用"),
        ("WWW", "保留地址"),
        ("a", "3 至 30"),
        ("", ""),
    ],
)
def test_an_address_is_checked_while_typing(site, address, answer):
    response = site.get(f"/signup/address?address={address}", headers={"HX-Request": "true"})
    assert answer in response.text


def test_an_address_is_proposed_from_the_company(site):
    headers = {"HX-Request": "true"}
    proposed = site.get("/signup/suggestion?company=号树科技&address=", headers=headers)
    assert 'value="haoshukeji"' in proposed.text
    kept = site.get("/signup/suggestion?company=号树科技&address=mine", headers=headers)
    assert kept.status_code == 204


def test_the_confirmation_may_lead_to_the_new_host(site, sent, work):
    make_signup(address="shanhai")
    work()
    policy = site.get(link_in(sent()[0])).headers["Content-Security-Policy"]
    assert "form-action 'self' http://shanhai.simtree.test;" in policy
    assert "form-action 'self';" in site.get("/signup").headers["Content-Security-Policy"]


def test_a_link_that_was_replaced_leads_nowhere(site, sent, work):
    signup = make_signup()
    work()
    old = link_in(sent()[0])
    with clock.moved(clock.now() + timedelta(seconds=61)):
        services.mail_again(signup, by=Visitor())
    response = site.get(old)
    assert response.status_code == 404
    assert "链接无效" in response.text
    token = site.token("/find")
    assert site.post(old, data={"csrf_token": token}).status_code == 404


def test_an_expired_link_offers_to_start_again(site, sent, work):
    signup = make_signup(address="shanhai")
    work()
    path = link_in(sent()[0])
    assert site.get(path.replace("verify", "again")).location.endswith(path)
    with clock.moved(clock.now() + timedelta(hours=25)):
        expired = site.get(path)
        assert "链接已失效" in expired.text
        again = site.get(path.replace("verify", "again"))
        assert value_of(again, "address") == "shanhai"
        assert value_of(again, "email") == signup.email
        assert "密码已保留" in again.text
        pressed = site.post(path, data={"csrf_token": site.token("/find")})
        assert "链接已失效" in pressed.text
    assert signup.state == SignupState.SUBMITTED


def test_the_mail_is_sent_again_from_the_page(site, sent, work):
    signup = make_signup()
    work()
    path = f"/signup/{signup.public_id}/sent"
    resend = path.replace("sent", "resend")
    data = {"csrf_token": site.token(path)}
    assert "一分钟后再试" in site.post(resend, data=data, follow_redirects=True).text
    with clock.moved(clock.now() + timedelta(seconds=61)):
        assert "重新发送" in site.post(resend, data=data, follow_redirects=True).text
        work()
    assert len(sent()) == 2


def test_a_signup_is_withdrawn_from_the_page(site):
    signup = make_signup()
    path = f"/signup/{signup.public_id}/sent"
    data = {"csrf_token": site.token(path)}
    site.post(path.replace("sent", "withdraw"), data=data)
    assert "已失效" in site.get(path).text
    assert site.post(path.replace("sent", "withdraw"), data=data).status_code == 303


@pytest.mark.parametrize("page", ["sent", "progress", "steps"])
def test_strangers_find_nothing(site, page):
    assert site.get(f"/signup/{'0' * 26}/{page}").status_code == 404
    assert site.get(f"/signup/nonsense/{page}").status_code == 404


def test_there_is_no_progress_before_the_mail_address_is_proven(site):
    signup = make_signup()
    assert site.get(f"/signup/{signup.public_id}/progress").status_code == 404


def test_find_answers_the_same_to_everybody(site, sent, work):
    known = make_signup()
    answers = [
        re.sub(r'(nonce|value|content)="[^"]*"', "", site.submit("/find", {"contact": one}).text)
        for one in (known.email, "stranger@example.com", "13812345678")
    ]
    assert all("如果该联系方式注册过企业空间" in answer for answer in answers)
    assert len({re.sub(r"<time.*?</time>|<meta.*?>", "", answer) for answer in answers}) == 1


def test_find_refuses_nonsense(site):
    refused = site.submit("/find", {"contact": "hello"})
    assert refused.status_code == 422
    assert "请输入邮箱或手机号" in refused.text


@pytest.mark.parametrize("path", ["/signup", "/find", "/terms", "/signup/address"])
def test_a_workspace_and_the_console_have_no_site(client, acme, path):
    for place in (acme, "console"):
        assert client.at(place).get(path).status_code == 404
