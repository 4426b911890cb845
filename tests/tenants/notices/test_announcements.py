"""Announcements: for whom, from when until when, and who has read them."""

from datetime import timedelta

import pytest

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.jobs.tables import JobState
from tenants.accounts.models import User
from tenants.notices import queries, services
from tenants.notices.models import Announcement, Audience
from tenants.notices.services.announcements import Draft
from tests.factories import accounts
from tests.factories.accounts import make_role, make_unit, make_user, owner, run_jobs, signed_in
from tests.factories.notices import make_announcement, notices_of


def shown_to(person):
    return [one.title for one in queries.current_announcements(person)]


def test_units_hold_for_those_below_and_roles_for_who_has_them(in_acme):
    branch, role = make_unit(), make_role(permissions=["order:view"])
    outlet = make_unit(parent=branch)
    inside, outside = make_user(unit=outlet), make_user(unit=make_unit(), roles=[role])
    make_announcement(title="给机构", audience=Audience.UNITS, units=[branch])
    make_announcement(title="给角色", audience=Audience.ROLES, roles=[role])
    make_announcement(title="给所有人", is_pinned=True)
    assert shown_to(inside) == ["给所有人", "给机构"]
    assert shown_to(outside) == ["给所有人", "给角色"]


def test_it_is_shown_from_until_and_not_when_withdrawn(in_acme):
    me, now = make_user(), clock.now()
    later = make_announcement(
        title="以后", shown_since=now + timedelta(days=1), shown_until=now + timedelta(days=2)
    )
    made = make_announcement(title="现在")
    assert shown_to(me) == ["现在"]
    with clock.moved(now + timedelta(days=1, hours=1)):
        assert set(shown_to(me)) == {"以后", "现在"}
        services.withdraw(made, by=owner())
        services.withdraw(made, by=owner())
        assert shown_to(me) == ["以后"]
    with clock.moved(now + timedelta(days=3)):
        assert shown_to(me) == []
    assert accounts.log_names(made).count("announcement:withdrawn") == 1
    assert later.told_at is None


def test_its_audience_is_told_once_when_it_is_shown(in_acme):
    me, unit = make_user(), make_unit()
    inside, number = make_user(unit=unit).id, me.id
    later = clock.now() + timedelta(hours=2)
    made = make_announcement(title="维护", audience=Audience.UNITS, units=[unit], shown_since=later)
    public_id = made.public_id
    session().commit()
    assert run_jobs() == [JobState.DONE]
    with clock.moved(later + timedelta(minutes=1)):
        services.tell_audience(public_id)
        services.tell_audience(public_id)
        session().commit()
        assert len(notices_of(session().get_one(User, inside))) == 1
        assert notices_of(session().get_one(User, number)) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"body": ""}, "body"), ({"audience": Audience.UNITS}, "units"),
     ({"audience": Audience.ROLES}, "roles"),
     ({"shown_until": clock.now() - timedelta(days=1)}, "shown_until")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(in_acme, change, field):
    with pytest.raises(Refused) as refused:
        services.announce(Draft(**({"title": "甲", "body": "乙"} | change)), by=owner())
    assert refused.value.field == field


def test_a_stale_change_is_refused(in_acme):
    made = make_announcement()
    draft = Draft(title="新", body="新")
    services.edit_announcement(made, draft, version=made.version, by=owner())
    with pytest.raises(Refused):
        services.edit_announcement(made, draft, version=1, by=owner())


def test_the_pages_for_author_reader_and_stranger(in_acme, client, rival):
    unit = make_unit()
    reader, outsider = make_user(name="读者", unit=unit), make_user()
    reader_id, username, unit_id = reader.id, reader.username, unit.public_id
    boss = signed_in(client, owner())
    typed = {"title": "国庆放假", "body": "放假三天。", "audience": "units",
             "units": [unit.public_id], "portal_audience": "nobody", "shown_since": "",
             "shown_until": ""}  # fmt: skip
    refused = boss.submit("/announcements/new", typed | {"units": []})
    assert refused.status_code == 422
    assert "国庆放假" in refused.text
    assert boss.submit("/announcements/new", typed).location == "/announcements/"
    made = session().query(Announcement).one().public_id
    run_jobs()
    inside = signed_in(client, session().get_one(User, reader_id))
    assert "国庆放假" in inside.get("/announcements/").text
    assert "公告：国庆放假" in inside.get("/notices/").text
    page = inside.get(f"/announcements/{made}")
    assert "放假三天。" in page.text
    # A reader neither changes it nor learns who else has read it.
    for path in ("edit", "readers"):
        assert f"/announcements/{made}/{path}" not in page.text
        assert inside.get(f"/announcements/{made}/{path}").status_code == 403
    data = {"csrf_token": inside.token("/notices/")}
    for _ in range(2):
        assert inside.post(f"/announcements/{made}/read", data=data).status_code == 204
    readers = boss.get(f"/announcements/{made}/readers")
    assert "读者" in readers.text
    for query in (f"unit={unit_id}", "name=读", "read=yes"):
        assert username in boss.get(f"/announcements/{made}/readers?{query}").text
    for query in ("name=无", "read=no"):
        assert username not in boss.get(f"/announcements/{made}/readers?{query}").text
    with boss.get(f"/announcements/{made}/readers?export=xlsx") as sheet:
        assert sheet.mimetype.endswith("sheet")
    assert accounts.queries.log_of(made)[0].event == "readers:exported"
    assert "1 人中 1 人已读" in readers.text
    other = signed_in(client, make_user())
    del outsider
    assert "国庆放假" not in other.get("/announcements/?status=all").text
    assert other.get(f"/announcements/{made}").status_code == 403
    assert other.get("/announcements/new").status_code == 403
    session().commit()
    with workspace_scope(rival):
        assert signed_in(client, owner()).get(f"/announcements/{made}").status_code == 404
    edited = boss.submit(f"/announcements/{made}/edit", typed | {"title": "国庆安排"})
    assert edited.status_code == 303
    data = {"csrf_token": boss.token("/announcements/new")}
    assert boss.post(f"/announcements/{made}/withdraw", data=data).status_code == 303
    assert inside.get(f"/announcements/{made}").status_code == 403
    for tab in ("planned", "over", "all"):
        assert boss.get(f"/announcements/?status={tab}").status_code == 200
    assert "国庆安排" in boss.get("/announcements/?status=over").text
