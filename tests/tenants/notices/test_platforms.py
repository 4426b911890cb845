"""The company's robots and official account: their page, and what they say."""

import json

import pytest
from sqlalchemy import select

from kit import push
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.jobs.tables import JobState
from kit.push import calling
from tenants.accounts.models import User
from tenants.notices import services
from tenants.notices.models import Delivery, DeliveryState, NoticeGateway, Pace, Setting, Way
from tenants.notices.services.gateways import Setup, gateways
from tests.factories.accounts import make_user, owner, run_jobs, signed_in
from tests.factories.notices import KIND, tell
from tests.page import says
from tests.platforms import APP, KEY, OPENID, SECRET, TEMPLATE, serving

URL = "/settings/notices/platforms"


@pytest.fixture
def platforms(in_acme, monkeypatch):
    with serving() as server:
        urls = {f"{way}_url": server.url for way in push.WAYS}
        settings = push.get_settings().model_copy(update=urls)
        monkeypatch.setattr(push, "get_settings", lambda: settings)
        monkeypatch.setattr(calling, "TIMEOUT", 0.5)
        yield server


def set_up(way, **changes):
    known = {"key": KEY, "secret": SECRET} if way != Way.WECHAT else {
        "app_id": APP, "secret": SECRET, "template_id": TEMPLATE
    }  # fmt: skip
    return services.edit_gateway(
        way, Setup(**({"is_on": True} | known | changes)), version=0, by=owner()
    )


def states():
    return list(session().scalars(select(Delivery.state).order_by(Delivery.id)))


@pytest.mark.parametrize("way", [Way.WECOM, Way.DINGTALK, Way.FEISHU])
def test_the_companys_robot_speaks_once_to_its_group(platforms, way):
    set_up(way)
    services.edit_rules({(KIND.code, way.value): Setting.FORCED}, by=owner())
    people = [make_user(email=None) for _ in range(3)]
    tell(*people, who="张三", what="付款")
    assert run_jobs() == [JobState.DONE]
    ((heard, words),) = platforms.said
    assert heard == way
    assert "张三 做了 付款" in words
    assert states() == [DeliveryState.SENT]


def test_the_account_writes_to_each_follower(platforms):
    set_up(Way.WECHAT)
    services.edit_rules({(KIND.code, "wechat"): Setting.FORCED}, by=owner())
    follower, other = make_user(email=None), make_user(email=None)
    services.edit_address(follower, Way.WECHAT, pace=Pace.AT_ONCE, address=OPENID)
    tell(follower, other, who="张三", what="付款")
    assert run_jobs() == [JobState.DONE]
    ((_, body),) = platforms.said
    assert body["data"]["first"]["value"] == "张三 做了 付款"


def test_a_busy_platform_is_tried_again_and_a_refusal_is_final(platforms):
    set_up(Way.WECOM)
    services.edit_rules({(KIND.code, "wecom"): Setting.FORCED}, by=owner())
    platforms.next = ["500"]
    tell(make_user(email=None))
    assert run_jobs() == [JobState.WAITING]
    assert states() == [DeliveryState.WAITING]
    session().commit()
    assert run_jobs() == [JobState.DONE]
    assert states() == [DeliveryState.SENT]
    set_again = Setup(is_on=True, key="gone")
    services.edit_gateway(Way.WECOM, set_again, version=1, by=owner())
    tell(make_user(email=None))
    assert run_jobs() == [JobState.DONE]
    assert states() == [DeliveryState.SENT, DeliveryState.FAILED]


def test_keys_are_sealed_and_in_no_log(in_acme):
    set_up(Way.FEISHU, key="hook-visible-1", secret="sign-visible-1")
    session().commit()
    row = session().execute(select(NoticeGateway.__table__)).mappings().one()
    logged = [one.details for one in session().scalars(select(AuditEntry))]
    stored = json.dumps([str(dict(row)), str(logged)])
    assert "visible" not in stored
    assert gateways()[Way.FEISHU].secret == "sign-visible-1"


@pytest.mark.parametrize(
    ("way", "change", "field"),
    [(Way.WECOM, {"key": ""}, "key"), (Way.DINGTALK, {"key": "https://evil.example.com"}, "key"),
     (Way.FEISHU, {"secret": "a b"}, "secret"), (Way.WECHAT, {"app_id": ""}, "app_id"),
     (Way.WECHAT, {"secret": ""}, "secret"), (Way.WECHAT, {"title_field": "{x}"}, "title_field")],
)  # fmt: skip
def test_what_cannot_be_a_key_is_refused(in_acme, way, change, field):
    with pytest.raises(Refused) as refused:
        set_up(way, **change)
    assert refused.value.field == field
    assert gateways() == {}


def test_the_page_for_owner_colleague_and_stranger(platforms, in_acme, client, rival):
    boss = signed_in(client, owner())
    assert "尚未设置" in boss.get(URL).text
    refused = boss.submit(f"{URL}/dingtalk", {"is_on": "y", "key": "a b", "secret": SECRET})
    assert refused.status_code == 422
    assert 'value="a b"' in refused.text
    assert gateways() == {}
    typed = {"is_on": "y", "key": KEY, "secret": SECRET}
    assert boss.submit(f"{URL}/dingtalk", typed).status_code == 303
    # Neither the key nor the secret is shown again; left empty they stay.
    page = boss.get(f"{URL}/dingtalk")
    assert KEY not in page.text
    assert SECRET not in page.text
    assert boss.submit(f"{URL}/dingtalk", {"is_on": "y"}).status_code == 303
    data = {"csrf_token": boss.token(f"{URL}/dingtalk")}
    assert boss.post(f"{URL}/dingtalk/test", data=data).status_code == 303
    assert [way for way, _words in platforms.said] == ["dingtalk"]
    assert says(boss.get(URL), "The platform took the message. Look there.")
    platforms.next = ['{"errcode": 310000}']
    boss.post(f"{URL}/dingtalk/test", data=data)
    refusal = "The platform refused it, with the code %(code)s."
    assert says(boss.get(URL), refusal, code="310000")
    platforms.next = ["hang"]
    boss.post(f"{URL}/dingtalk/test", data=data)
    assert "TimeoutError" in boss.get(URL).text
    for way in ("feishu", "wechat"):
        boss.post(f"{URL}/{way}/test", data=data)
        assert says(boss.get(URL), "Save it and switch it on first.")
    account = {"is_on": "y", "app_id": APP, "secret": SECRET, "template_id": TEMPLATE,
               "title_field": "first", "text_field": "remark"}  # fmt: skip
    assert boss.submit(f"{URL}/wechat", account).status_code == 303
    boss.post(f"{URL}/wechat/test", data=data)
    assert says(boss.get(URL), "Enter your own OpenID under “What I hear of” first.")
    stale = {"csrf_token": boss.token(f"{URL}/dingtalk"), "version": "1", "is_on": ""}
    assert boss.post(f"{URL}/dingtalk", data=stale).status_code == 422
    assert boss.get(f"{URL}/inbox").status_code == 404
    number = make_user().id
    colleague = signed_in(client, session().get_one(User, number))
    assert colleague.get(URL).status_code == 403
    token = {"csrf_token": colleague.token("/notices/")}
    for path in ("dingtalk", "dingtalk/test"):
        assert colleague.post(f"{URL}/{path}", data=token).status_code == 403
    assert len(platforms.said) == 1
    session().commit()
    with workspace_scope(rival):
        assert "尚未设置" in signed_in(client, owner()).get(URL).text
        assert gateways() == {}
