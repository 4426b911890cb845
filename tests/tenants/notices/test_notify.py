"""Telling people: who is told, by which way, in the transaction that made it happen."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kit import audit, clock
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import speaking
from kit.live import topics
from tenants.notices import kinds, queries, services
from tenants.notices.kinds import every_kind
from tenants.notices.models import Delivery, Pace, Setting, Way
from tenants.notices.services.telling import due_at
from tenants.notices.wording import preview, words_of
from tests.factories.accounts import make_user, owner
from tests.factories.notices import (
    FORCED,
    KIND,
    RECORD,
    hide_records_from,
    notices_of,
    tell,
    thing,
)


def ways_out(person):
    return set(session().scalars(select(Delivery.way).where(Delivery.user_id == person.id)))


def test_a_notice_reads_as_its_kind_says(in_acme):
    me = make_user()
    assert tell(me, who="张三", what="{what} <b>") == 1
    words = words_of(notices_of(me)[0], queries.templates())
    # What is filled in is text: no placeholder in it is filled again.
    assert (words.title, words.body) == ("张三 做了 {what} <b>", "{what} <b>")
    assert ways_out(me) == {"mail"}


def _refused(person):
    with transaction():
        services.notify(KIND, thing(), [person], who="a", what="b")
        raise Refused("no")


def test_what_is_taken_back_nobody_hears_of(in_acme):
    me = make_user()
    ear = topics.connection().pubsub(ignore_subscribe_messages=True)
    ear.subscribe(topics.topic(in_acme))
    ear.get_message(timeout=1)
    with pytest.raises(Refused):
        _refused(me)
    assert notices_of(me) == []
    assert ear.get_message(timeout=0.1) is None
    tell(me)
    kind, people = topics.read(ear.get_message(timeout=1)["data"])
    assert (kind, people) == ("notices", frozenset({me.public_id}))
    ear.close()


def test_who_did_it_who_is_disabled_and_who_is_nobody_is_left_out(in_acme):
    me, gone, other = make_user(), make_user(), make_user()
    gone.is_active = False
    with transaction():
        told = services.notify(
            KIND, thing(), [me, me, gone, None, other], by=other, who="", what=""
        )
    assert told == 1
    assert [len(notices_of(one)) for one in (me, gone, other)] == [1, 0, 0]
    with transaction():
        assert services.notify(KIND, thing(), [], by=audit.SYSTEM, who="", what="") == 0


def test_a_placeholder_that_the_kind_does_not_offer_is_a_mistake(in_acme):
    with transaction(), pytest.raises(ValueError, match="no placeholder"):
        services.notify(KIND, thing(), [owner()], whom="a")


def test_followers_hear_while_they_may_see_the_record(in_acme):
    me, blind, record = make_user(), make_user(), thing()
    for one in (me, blind):
        services.follow(RECORD, record, by=one)
        services.follow(RECORD, record, by=one)
    hide_records_from(blind)
    assert tell(record=record) == 1
    assert [len(notices_of(one)) for one in (me, blind)] == [1, 0]
    services.unfollow(RECORD, record, by=me)
    services.unfollow(RECORD, record, by=me)
    assert tell(record=record) == 0


@pytest.mark.parametrize(
    ("setting", "choice", "is_told"),
    [(Setting.FORCED, False, True), (Setting.BARRED, True, False), (Setting.ON, None, True),
     (Setting.ON, False, False), (Setting.OFF, None, False), (Setting.OFF, True, True)],
)  # fmt: skip
def test_the_workspace_rules_and_the_person_chooses(in_acme, setting, choice, is_told):
    me, place = make_user(), (KIND.code, Way.MAIL.value)
    if choice is not None:
        # Chosen while it was still free.
        services.edit_rules({place: Setting.OFF if choice else Setting.ON}, by=owner())
        services.edit_choices(me, [place] if choice else [(KIND.code, "inbox")])
    services.edit_rules({place: setting}, by=owner())
    tell(me)
    assert ("mail" in ways_out(me)) == is_told


def test_a_way_without_an_address_is_not_gone(in_acme):
    me = make_user(email=None, phone=None)
    services.edit_rules(
        {(KIND.code, one): Setting.FORCED for one in ("mail", "sms", "wechat", "wecom")}, by=owner()
    )
    tell(me)
    assert ways_out(me) == set()
    services.edit_address(me, Way.WECOM, pace=Pace.AT_ONCE, address="robot-key")
    tell(me)
    assert ways_out(me) == {"wecom"}


def test_who_wants_it_nowhere_has_no_notice(in_acme):
    me = make_user(email=None)
    services.edit_choices(me, [])
    assert tell(me) == 0
    assert tell(me, kind=FORCED) == 1


@pytest.mark.parametrize(
    ("now", "pace", "due"),
    [
        ("2026-08-01T03:20", Pace.HOURLY, "2026-08-01T04:00"),
        # Nine in Shanghai is one in the morning, UTC.
        ("2026-08-01T00:59", Pace.DAILY, "2026-08-01T01:00"),
        ("2026-08-01T01:00", Pace.DAILY, "2026-08-02T01:00"),
        ("2026-08-01T20:00", Pace.DAILY, "2026-08-02T01:00"),
    ],
)
def test_a_digest_is_due_in_the_workspaces_zone(in_acme, now, pace, due):
    with clock.moved(datetime.fromisoformat(now).replace(tzinfo=UTC)):
        assert due_at(pace) == datetime.fromisoformat(due).replace(tzinfo=UTC)
        assert due_at(Pace.AT_ONCE) == clock.now()


def test_sleeping_archived_and_read_notices_do_not_count(in_acme):
    me = make_user()
    for _ in range(4):
        tell(me)
    first, second, third, _fourth = notices_of(me)
    services.mark_read([first.public_id], by=me)
    services.archive([second.public_id], by=me)
    services.snooze(third, until=clock.now() + timedelta(hours=1), by=me)
    session().expire_all()
    assert queries.count_unread(me) == 1
    with clock.moved(clock.now() + timedelta(hours=2)):
        assert queries.count_unread(me) == 2
    services.bring_back([second.public_id, third.public_id], by=me)
    session().expire_all()
    assert queries.count_unread(me) == 2
    assert services.mark_all_read(by=me) == 2
    with pytest.raises(Refused):
        services.snooze(first, until=clock.now(), by=me)


def test_nobody_touches_anothers_notices(in_acme):
    me, other = make_user(), make_user()
    tell(me)
    ids = [notices_of(me)[0].public_id]
    assert [verb(ids, by=other) for verb in (services.mark_read, services.archive)] == [0, 0]
    assert queries.count_unread(me) == 1


def test_every_kind_leads_to_a_page_and_fills_its_words(app, in_acme):
    adapter = app.url_map.bind("acme.simtree.test")
    for kind in every_kind():
        if kind.path and not kind.code.startswith("tests:"):
            assert adapter.match(kinds.path_of(kind.path, "01h00000000000000000000000"))
        for language in ("zh_Hans_CN", "en"):
            with speaking(language):
                words = preview(kind, str(kind.title), str(kind.body))
                assert "{" not in words.title + words.body
                assert "–" not in words.title + words.body, kind.code
    with pytest.raises(ValueError, match="twice"):
        kinds.register(KIND)


def test_a_kind_that_is_gone_still_shows(in_acme):
    me = make_user()
    tell(me)
    notice = notices_of(me)[0]
    notice.kind = "gone:kind"
    assert words_of(notice, {}).title == "gone:kind"
