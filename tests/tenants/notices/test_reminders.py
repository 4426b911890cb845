"""Reminders: due, done, repeated and chained; on the pages of their records."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Forbidden, Missing, Refused
from tenants.accounts.models import User
from tenants.customers.queries import find_customer
from tenants.notices import queries, services
from tenants.notices.models import Reminder, Repeat, Task
from tenants.notices.services import NewReminder
from tenants.notices.services.reminders import due_day, instants
from tenants.notices.views.reminders import due_tag
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, run_jobs, signed_in
from tests.factories.customers import make_customer
from tests.factories.notices import (
    RECORD,
    hide_records_from,
    make_reminder,
    notices_of,
    thing,
)
from tests.factories.orders import make_order

NOON = datetime(2026, 8, 3, 4, tzinfo=UTC)
"""Noon of the third of August in Shanghai."""


def test_what_is_due_is_told_apart_by_the_workspaces_day(in_acme):
    me = make_user()
    with clock.moved(NOON):
        late = make_reminder(me, days=-1)
        hour = make_reminder(me, due_time=time(11))
        today = make_reminder(me)
        evening = make_reminder(me, due_time=time(23, 30))
        tomorrow = make_reminder(me, days=1)
        found = queries.due_reminders(me)
        assert (found.overdue, found.today) == (2, 2)
        assert [one.id for one in found.first] == [late.id, hour.id, evening.id, today.id]
        colours = [due_tag(one).colour for one in (late, hour, today, evening, tomorrow)]
        assert colours == ["red", "red", "orange", "orange", "azure"]
    with clock.moved(NOON + timedelta(hours=12, minutes=1)):
        assert queries.due_reminders(me).overdue == 4


def test_it_is_told_in_the_morning_or_at_its_hour_once(in_acme):
    me = make_user()
    number = me.id
    with clock.moved(NOON):
        made = make_reminder(me, days=1, note="要照片")
        assert instants(date(2026, 8, 4), None)[1] == datetime(2026, 8, 4, 1, tzinfo=UTC)
        at, public_id = made.remind_at, made.public_id
        services.tell_due(public_id, at=at - timedelta(hours=1))
        assert notices_of(me) == []
    with clock.moved(at):
        services.tell_due(public_id, at=at)
        services.tell_due(public_id, at=at)
        session().commit()
        (notice,) = notices_of(session().get_one(User, number))
        assert notice.values["note"] == "要照片"
        assert run_jobs()


@pytest.mark.parametrize(
    ("repeat", "first", "done_on", "following"),
    [
        (Repeat.DAILY, date(2026, 8, 3), NOON, date(2026, 8, 4)),
        (Repeat.WEEKLY, date(2026, 8, 3), NOON, date(2026, 8, 10)),
        # Done two weeks late: the next one lies ahead, on the same weekday.
        (Repeat.WEEKLY, date(2026, 7, 20), NOON, date(2026, 8, 10)),
        (Repeat.MONTHLY, date(2026, 7, 31), NOON, date(2026, 8, 31)),
        (Repeat.MONTHLY, date(2026, 8, 31), NOON + timedelta(days=28), date(2026, 9, 30)),
        # Done before its time.
        (Repeat.DAILY, date(2026, 8, 9), NOON, date(2026, 8, 10)),
    ],
)
def test_a_repeating_one_makes_its_next(in_acme, repeat, first, done_on, following):
    me = make_user()
    with clock.moved(done_on):
        made = services.add_reminder(
            RECORD, thing(), NewReminder(Task.CALL, first, time(10), repeats=repeat),
            assignee=me, by=me,
        )  # fmt: skip
        after = services.finish_reminder(made, by=me)
        assert services.finish_reminder(made, by=me) is None
    assert (due_day(after), after.has_time, after.repeats) == (following, True, repeat)
    assert accounts.log_names(made).count("reminder:done") == 1


def test_a_chained_one_is_followed_by_another_task(in_acme):
    me = make_user()
    made = make_reminder(me, next_task=Task.VISIT, next_days=3)
    after = services.finish_reminder(made, by=me)
    assert (after.task, due_day(after)) == (Task.VISIT, clock.today() + timedelta(days=3))
    assert services.finish_reminder(after, by=me) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"repeats": Repeat.DAILY, "next_task": Task.CALL, "next_days": 1}, "next_task"),
     ({"next_task": Task.CALL}, "next_days"), ({"note": "x" * 501}, "note"),
     ({"due_on": date(2060, 1, 1)}, "due_on")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(in_acme, change, field):
    with pytest.raises(Refused) as refused:
        make_reminder(owner(), **change)
    assert refused.value.field == field


def test_a_colleague_is_told_and_only_those_two_change_it(in_acme):
    me, other, third = make_user(), make_user(name="赵六"), make_user()
    made = make_reminder(other, by=me)
    assert len(notices_of(other)) == 1
    new = NewReminder(Task.CALL, clock.today())
    with pytest.raises(Forbidden):
        services.finish_reminder(made, by=third)
    with pytest.raises(Refused):
        services.edit_reminder(made, new, assignee=me, version=made.version + 1, by=me)
    services.edit_reminder(made, new, assignee=third, version=made.version, by=me)
    assert len(notices_of(third)) == 1
    services.finish_reminder(made, by=third)
    with pytest.raises(Refused):
        services.edit_reminder(made, new, assignee=me, version=made.version, by=me)
    services.remove_reminder(made, by=me)
    session().flush()
    assert queries.find_reminder(made.public_id) is None


def test_nobody_is_reminded_of_what_he_may_not_see(in_acme):
    me, blind = make_user(), make_user()
    hide_records_from(blind)
    with pytest.raises(Missing):
        make_reminder(blind, by=blind)
    with pytest.raises(Refused) as refused:
        make_reminder(blind, by=me)
    assert refused.value.field == "assignee"
    with pytest.raises(Missing):
        services.follow(RECORD, thing(), by=blind)


def test_what_is_kept_about_a_record_can_be_forgotten(in_acme):
    me, record = make_user(), thing()
    made = make_reminder(me, record=record).public_id
    services.follow(RECORD, record, by=me)
    assert services.forget_records([record]) == 1
    session().expire_all()
    assert queries.find_reminder(made) is None
    assert not queries.is_following(me, record)


def typed(person, **changes):
    return {"task": "follow_up", "assignee": person.public_id, "due_on": f"{clock.today()}",
            "due_time": "", "note": "催照片", "repeats": "", "next_task": "", "next_days": "",
            } | changes  # fmt: skip


def test_a_sales_order_is_followed_up_from_its_page(in_acme, client, rival):
    order, me = make_order(), make_user(roles=[make_role(permissions=["order:view"])])
    stranger_role = make_role(permissions=["order:view"], scope="own")
    hidden = signed_in(client, make_user(roles=[stranger_role]))
    record, number, me_id = order.public_id, order.number, me.id
    form = typed(me)
    browser = signed_in(client, me)
    assert f"/reminders/of/{record}" in browser.get(f"/orders/{record}").text
    url = f"/reminders/new/{record}"
    for wrong in ({"due_on": "x"}, {"due_time": "25:00"}, {"assignee": "nobody"},
                  {"next_task": "call"}, {"due_on": "2001-01-01"}, {"task": "eat"}):  # fmt: skip
        refused = browser.submit(url, form | wrong)
        assert refused.status_code == 422, wrong
        assert "催照片" in refused.text
    assert session().query(Reminder).count() == 0
    assert browser.submit(url, form).location == f"/orders/{record}"
    fragment = {"HX-Request": "true"}
    box = browser.get(f"/reminders/of/{record}", headers=fragment)
    assert "催照片" in box.text
    page = browser.get("/reminders/")
    assert number in page.text
    for tab in ("overdue", "today", "coming", "done"):
        assert browser.get(f"/reminders/?status={tab}").status_code == 200
    made = session().query(Reminder).one().public_id
    assert browser.get(f"/reminders/{made}").status_code == 200
    assert browser.submit(f"/reminders/{made}/edit", form | {"note": "改"}).status_code == 303
    assert hidden.get(f"/reminders/of/{record}").status_code == 404
    assert hidden.get(url).status_code == 404
    assert hidden.get(f"/reminders/{made}").status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        for path in (f"/reminders/{made}", f"/reminders/of/{record}", url):
            assert stranger.get(path).status_code == 404
    data = {"csrf_token": browser.token("/notices/")}
    assert browser.post(f"/reminders/follow/{record}", data=data).status_code == 303
    assert queries.is_following(session().get_one(User, me_id), record)
    assert browser.post(f"/reminders/unfollow/{record}", data=data).status_code == 303
    assert browser.post(f"/reminders/{made}/done", data=data).status_code == 303
    assert number in browser.get("/reminders/?status=done").text
    assert browser.post(f"/reminders/{made}/remove", data=data).status_code == 303
    assert browser.get(f"/reminders/{made}").status_code == 404
    with browser.get("/reminders/?export=xlsx") as sheet:
        assert sheet.status_code == 200


def test_many_are_done_at_once_and_a_customer_has_them_too(in_acme, client):
    boss = owner()
    customer = make_customer()
    ids = [make_reminder(boss).public_id for _ in range(3)]
    record, form = customer.public_id, typed(boss)
    browser = signed_in(client, boss)
    data = {"csrf_token": browser.token("/notices/"), "ids": ids}
    assert browser.post("/reminders/done", data=data).status_code == 303
    assert queries.due_reminders(owner()).today == 0
    assert f"/reminders/of/{record}" in browser.get(f"/customers/{record}").text
    assert browser.submit(f"/reminders/new/{record}", form).location == f"/customers/{record}"
    # A person's name stands in no reminder.
    made = session().query(Reminder).filter(Reminder.record_id == record).one()
    assert made.record_name == find_customer(record).number
