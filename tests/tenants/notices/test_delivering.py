"""What leaves the house: once, in the reader's words, gathered where somebody wants that."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock, mail, push, sms
from kit.db import session, transaction
from kit.errors import Misconfigured
from kit.i18n import speaking
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from tenants.accounts.models import User
from tenants.notices import services
from tenants.notices.models import Delivery, DeliveryState, Pace, Setting, Way
from tests.factories.accounts import make_user, owner, run_jobs
from tests.factories.notices import KIND, end_interest, tell, thing


@dataclass(frozen=True)
class Reader:
    """A person as he was; jobs end the session that he came from."""

    id: int
    public_id: str
    email: str
    phone: str

    @property
    def row(self):
        return session().get_one(User, self.id)


def make_reader():
    made = make_user()
    return Reader(made.id, made.public_id, made.email, made.phone)


def kept(person, way="mail"):
    recipient = {"mail": person.email, "sms": person.phone}.get(way, f"{way}-{person.public_id}")
    return [one for one in mail.kept(500) if (one.way, one.recipient) == (way, recipient)]


def state_of(person):
    return session().scalars(
        select(Delivery.state).where(Delivery.user_id == person.id).order_by(Delivery.id)
    ).all()  # fmt: skip


def test_a_mail_says_it_with_a_link_and_once(in_acme):
    me, record = make_reader(), thing()
    tell(me.row, record=record, who="张三", what="付款")
    jobs = session().scalars(select(cell_outbox.c.id)).all()
    session().commit()
    assert run_jobs() == [JobState.DONE]
    (message,) = kept(me)
    assert message.subject == "张三 做了 付款"
    assert f"http://{in_acme.host}/orders/{record}" in message.body
    assert message.message_id == str(jobs[-1])
    assert state_of(me) == [DeliveryState.SENT]
    # The same job again finds its effect, whatever the row says.
    session().commit()
    assert perform(registry.get, Place("main"), in_acme, jobs[-1]) is None
    assert len(kept(me)) == 1


@pytest.mark.parametrize(("language", "words"), [("zh_Hans_CN", "2 条通知"), ("en", "2 notices")])
def test_it_speaks_the_readers_language_and_not_the_companys(in_acme, language, words):
    me = make_reader()
    me.row.language = language
    services.edit_template(KIND, language, title=f"{language} {{what}}", body="", version=0,
                           by=owner())  # fmt: skip
    services.edit_address(me.row, Way.MAIL, pace=Pace.HOURLY)
    for what in ("甲", "乙"):
        tell(me.row, who="张三", what=what)
    session().commit()
    # As a worker does, which speaks no language of its own.
    with speaking(None), clock.moved(clock.now() + timedelta(hours=1)):
        assert run_jobs() == [JobState.DONE]
    (message,) = kept(me)
    assert words in message.subject
    assert f"{language} 甲" in message.body


def test_what_is_over_and_who_is_gone_is_skipped(in_acme):
    me, gone, record = make_reader(), make_reader(), thing()
    tell(me.row, record=record)
    tell(gone.row)
    gone.row.is_active = False
    end_interest(record)
    session().commit()
    run_jobs()
    assert [state_of(one) for one in (me, gone)] == [[DeliveryState.SKIPPED]] * 2
    assert kept(me) == kept(gone) == []


@pytest.mark.parametrize("way", ["sms", "wechat", "wecom", "dingtalk", "feishu"])
def test_every_way_has_a_provider(in_acme, way):
    me = make_reader()
    services.edit_rules({(KIND.code, way): Setting.FORCED}, by=owner())
    if way != "sms":
        services.edit_address(me.row, Way(way), pace=Pace.AT_ONCE, address=f"{way}-{me.public_id}")
    tell(me.row, who="张三", what="付款")
    run_jobs()
    (message,) = kept(me, way)
    assert "张三 做了 付款" in message.body


def test_a_digest_gathers_what_came_in_the_hour(in_acme):
    me = make_reader()
    services.edit_address(me.row, Way.MAIL, pace=Pace.HOURLY)
    for what in ("甲", "乙", "丙"):
        tell(me.row, who="张三", what=what)
    session().commit()
    # One job for the three of them, and not before the hour is over.
    rows = session().execute(select(cell_outbox.c.kind, cell_outbox.c.run_at)).all()
    assert [row.kind for row in rows] == ["notices.deliver_digest"]
    assert rows[0].run_at.minute == 0
    assert rows[0].run_at > clock.now()
    with clock.moved(clock.now() + timedelta(hours=1)):
        assert run_jobs() == [JobState.DONE]
    (message,) = kept(me)
    assert "3 notices" in message.subject
    assert all(f"张三 做了 {what}" in message.body for what in ("甲", "乙", "丙"))
    assert state_of(me) == [DeliveryState.SENT] * 3


def test_a_provider_that_fails_is_tried_again_and_given_up_at_last(in_acme, monkeypatch):
    me = make_reader()
    tell(me.row)

    def fail(*_args, **_more):
        raise OSError("no way out")

    monkeypatch.setattr(mail, "keep", fail)
    assert run_jobs() == [JobState.WAITING]
    assert state_of(me) == [DeliveryState.WAITING]
    monkeypatch.undo()
    session().commit()
    assert run_jobs() == [JobState.DONE]
    assert len(kept(me)) == 1
    tell(me.row)
    monkeypatch.setattr(mail, "keep", fail)
    for _ in range(6):
        ended = run_jobs()
    assert ended == [JobState.DEAD]
    assert state_of(me)[-1] == DeliveryState.FAILED


def test_a_process_that_died_while_sending_leaves_its_lease(in_acme):
    me = make_reader()
    tell(me.row)
    one = session().scalars(select(Delivery).where(Delivery.user_id == me.id)).one()
    one.sending, one.leased_until = "dead:1", clock.now() + timedelta(minutes=2)
    session().commit()
    assert run_jobs() == [JobState.WAITING]
    assert kept(me) == []
    with clock.moved(clock.now() + timedelta(minutes=3)):
        assert run_jobs() == [JobState.DONE]
    assert len(kept(me)) == 1


def test_nothing_leaves_inside_a_transaction(in_acme):
    with transaction():
        for send in (
            lambda: push.send("wechat", "x", "t", "b", message_id="1"),
            lambda: sms.send("x", "t", message_id="1"),
        ):
            with pytest.raises(RuntimeError, match="transaction"):
                send()
    with pytest.raises(ValueError, match="no way"):
        push.send("pigeon", "x", "t", "b", message_id="1")


def test_a_way_without_a_provider_says_so(in_acme, monkeypatch):
    settings = push.get_settings().model_copy(update={"feishu_url": "https://feishu.example.com"})
    monkeypatch.setattr(push, "get_settings", lambda: settings)
    with pytest.raises(Misconfigured, match="FEISHU_URL"):
        push.send("feishu", "x", "t", "b", message_id="1")


def test_an_address_is_kept_like_a_key(in_acme):
    me = make_reader()
    services.edit_address(me.row, Way.FEISHU, pace=Pace.DAILY, address="hook-secret-1")
    session().commit()
    row = session().execute(
        select(Delivery.__table__.metadata.tables["notice_addresses"])
    ).mappings().one()  # fmt: skip
    assert "hook-secret-1" not in json.dumps({key: str(value) for key, value in row.items()})
