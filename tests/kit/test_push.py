"""The platforms' robots and the official account, against a server that answers as they do."""

import time
from dataclasses import replace

import pytest

from kit import push
from kit.errors import Misconfigured
from kit.jobs.bell import connection
from kit.push import Credentials, Rejected, Unanswered, calling
from tests.platforms import APP, KEY, OPENID, SECRET, TEMPLATE, serving

ROBOT = Credentials(secret=SECRET)
ACCOUNT = Credentials(secret=SECRET, app_id=APP, template_id=TEMPLATE, title_field="thing1")
TO = {"wecom": KEY, "dingtalk": KEY, "feishu": KEY, "wechat": OPENID}


@pytest.fixture
def platforms(in_acme, monkeypatch):
    """All four of them, in one server of this machine."""
    connection().delete(*connection().keys(in_acme.key("wechat", "*")) or ["-"])
    with serving() as server:
        urls = {f"{way}_url": server.url for way in push.WAYS}
        settings = push.get_settings().model_copy(update=urls)
        monkeypatch.setattr(push, "get_settings", lambda: settings)
        monkeypatch.setattr(calling, "TIMEOUT", 0.5)
        yield server


def send(way, text="付款了", *, to=None, credentials=None):
    known = credentials or (ACCOUNT if way == "wechat" else ROBOT)
    push.send(way, to or TO[way], "标题", text, message_id="job-1", credentials=known)


@pytest.mark.parametrize("way", ["wecom", "dingtalk", "feishu"])
def test_a_robot_says_it_signed_where_the_platform_signs(platforms, way):
    send(way)
    assert platforms.said == [(way, "付款了")]
    # Cut to what they take, between characters.
    send(way, "号" * 5_000)
    words = platforms.said[1][1]
    assert words.endswith("号…")
    assert len(words.encode()) <= 2_000


def test_the_account_writes_by_its_template(platforms):
    send("wechat")
    ((_, body),) = platforms.said
    assert body["data"] == {"thing1": {"value": "标题"}, "remark": {"value": "付款了"}}
    assert body["client_msg_id"] == "job-1"


def test_its_token_is_kept_for_all_and_renewed_when_it_is_over(platforms, in_acme):
    for _ in range(3):
        send("wechat")
    assert platforms.asked_for_tokens == 1
    (place,) = connection().keys(in_acme.key("wechat", "*"))
    assert b"token-1" not in connection().get(place)
    assert 6_000 < connection().ttl(place) <= 7_200
    # Another process has asked for one, which takes ours away; or it ran out early.
    platforms.token += 1
    send("wechat")
    platforms.next = ['{"errcode": 42001, "errmsg": "access_token expired"}']
    send("wechat")
    assert len(platforms.said) == 5
    assert platforms.asked_for_tokens == 3


@pytest.mark.parametrize(
    ("way", "changes", "code"),
    [
        ("wecom", {"to": "wrong"}, "93000"),
        ("dingtalk", {"to": "wrong"}, "300005"),
        ("dingtalk", {"credentials": Credentials(secret="wrong")}, "310000"),
        ("dingtalk", {"credentials": Credentials()}, "310000"),
        ("feishu", {"credentials": Credentials(secret="wrong")}, "19021"),
        ("feishu", {"to": "../../evil?x=1"}, "19001"),
        ("wechat", {"to": "wrong"}, "40003"),
        ("wechat", {"credentials": replace(ACCOUNT, secret="wrong")}, "40125"),
        ("wechat", {"credentials": replace(ACCOUNT, template_id="wrong")}, "40037"),
        ("wechat", {"credentials": Credentials()}, "unconfigured"),
    ],
)
def test_what_a_platform_refuses_is_final_with_its_code(platforms, way, changes, code):
    with pytest.raises(Rejected) as refused:
        send(way, **changes)
    assert refused.value.code == code
    assert platforms.said == []


@pytest.mark.parametrize(
    ("way", "how"),
    [(way, how) for way in push.WAYS for how in ("500", "nonsense", "{}", "hang")]
    + [("wecom", how) for how in ("302", "503", "[]", "away", "endless", "drip")],
)
def test_whatever_else_happens_is_tried_again(platforms, way, how):
    platforms.next = [how]
    before = time.monotonic()
    with pytest.raises(Unanswered) as unanswered:
        send(way)
    assert time.monotonic() - before < 2
    # What is told of it goes into logs.
    assert SECRET not in str(unanswered.value)
    assert KEY not in str(unanswered.value)
    send(way)
    assert len(platforms.said) == 1


@pytest.mark.parametrize(
    ("way", "code"), [("wecom", 45009), ("dingtalk", 130101), ("wechat", 45009), ("wechat", -1)]
)
def test_one_that_asks_to_wait_is_tried_again(platforms, way, code):
    platforms.next = [f'{{"errcode": {code}}}'] * (2 if way == "wechat" else 1)
    with pytest.raises(Unanswered):
        send(way)


def test_feishu_asks_to_wait_with_a_code_of_its_own(platforms):
    platforms.next = ['{"code": 11232, "msg": "frequency limited"}']
    with pytest.raises(Unanswered):
        send("feishu")


@pytest.mark.parametrize(
    "url",
    ["https://evil.example.com", "https://oapi.dingtalk.com.evil.example.com", "http://10.0.0.1",
     "https://oapi.dingtalk.com@evil.example.com", "https://oapi.dingtalk.com:8443",
     "http://oapi.dingtalk.com", "https://oapi.dingtalk.com?x=", "ftp://oapi.dingtalk.com", ""],
)  # fmt: skip
def test_no_other_host_is_called(in_acme, monkeypatch, url):
    settings = push.get_settings().model_copy(update={"dingtalk_url": url})
    monkeypatch.setattr(push, "get_settings", lambda: settings)
    with pytest.raises(Misconfigured, match="DINGTALK_URL"):
        send("dingtalk")


def test_in_production_not_even_this_machine(in_acme, monkeypatch):
    settings = push.get_settings().model_copy(
        update={"environment": "production", "wecom_url": "http://127.0.0.1:9"}
    )
    for module in (push, calling):
        monkeypatch.setattr(module, "get_settings", lambda: settings)
    with pytest.raises(Misconfigured):
        send("wecom")
    real = settings.model_copy(update={"wecom_url": "https://qyapi.weixin.qq.com"})
    monkeypatch.setattr(push, "get_settings", lambda: real)
    assert push.provider_of("wecom").base.hostname == "qyapi.weixin.qq.com"
