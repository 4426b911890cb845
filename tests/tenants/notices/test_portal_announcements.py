"""Announcements to channels' people: who sees them, and whose receipts count."""

import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from kit.errors import Refused
from tenants.accounts.models import User
from tenants.channels import announcing
from tenants.channels.services import delete_grade
from tenants.notices import queries, services
from tenants.notices.models import Announcement, Audience, PortalAudience
from tenants.notices.services.announcements import Draft
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, run_jobs, signed_in
from tests.factories.channels import again, make_channel, make_grade, make_person, portal
from tests.factories.notices import make_announcement
from tests.page import says


def to(audience, *targets, **changes):
    return make_announcement(
        audience=Audience.NOBODY,
        portal_audience=audience,
        targets=[one.public_id for one in targets],
        **changes,
    )


def shown_to(person):
    return {one.title for one in session().scalars(announcing.announced_to(person))}


def test_it_reaches_all_a_grade_or_a_branch(in_acme):
    gold, plain = make_grade(name="金牌"), make_grade(name="普通")
    top = make_channel(grade=gold)
    shop = make_person(make_channel(parent=top, grade=plain))
    other = make_person(make_channel(grade=gold))
    to(PortalAudience.EVERYBODY, title="全体")
    to(PortalAudience.GRADES, gold, title="金牌专享")
    to(PortalAudience.BRANCHES, top, title="一条线")
    make_announcement(title="只给员工")
    assert shown_to(shop) == {"全体", "一条线"}
    assert shown_to(other) == {"全体", "金牌专享"}
    # Nobody of the company is told of what is for channels alone.
    assert {one.title for one in queries.current_announcements(owner())} == {"只给员工"}
    assert announcing.count_unread(shop) == 2


def test_receipts_count_those_it_is_for_now(in_acme):
    gold = make_grade()
    top = make_channel(grade=gold)
    people = [make_person(top), make_person(make_channel(parent=top)), make_person(make_channel())]
    made = to(PortalAudience.BRANCHES, top)
    assert [announcing.read(made, by=people[0]) for _ in range(2)] == [True, False]
    receipts = announcing.receipts(made, owner())
    assert (receipts.read, receipts.people) == (1, 2)
    people[1].is_active = False
    assert announcing.receipts(made, owner()).people == 1
    everybody = to(PortalAudience.EVERYBODY)
    assert announcing.receipts(everybody, owner()).people == 2
    assert announcing.receipts(make_announcement(), owner()).people == 0


def test_an_announcement_to_a_grade_that_is_gone_is_for_nobody(in_acme):
    grade = make_grade()
    made = to(PortalAudience.GRADES, grade)
    delete_grade(grade, by=owner())
    session().expire_all()
    assert announcing.targets_of(made) == []
    assert announcing.receipts(made, owner()).people == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"audience": Audience.NOBODY}, "audience"),
     ({"portal_audience": PortalAudience.GRADES}, "grades"),
     ({"portal_audience": PortalAudience.BRANCHES}, "branches"),
     ({"portal_audience": PortalAudience.GRADES, "targets": ["no-such-grade"]}, "grades"),
     ({"portal_audience": PortalAudience.BRANCHES, "targets": ["no-such"]}, "branches")],
)  # fmt: skip
def test_what_is_for_nobody_is_refused(in_acme, change, field):
    before = session().query(Announcement).count()
    with pytest.raises(Refused) as refused:
        services.announce(Draft(**({"title": "甲", "body": "乙"} | change)), by=owner())
    assert refused.value.field == field
    assert session().query(Announcement).count() == before


def test_the_pages_for_author_colleague_shop_and_stranger(in_acme, client, rival):
    top = make_channel(name="华东总代")
    shop = make_person(make_channel(parent=top, name="静安店"), name="钱掌柜", role="clerk")
    other = make_person(make_channel(name="华南总代"))
    boss, colleague = signed_in(client, owner()), signed_in(client, make_user())
    typed = {"title": "涨价通知", "body": "下月起涨价。", "audience": "nobody",
             "portal_audience": "branches", "branches": [top.public_id]}  # fmt: skip
    assert colleague.get("/announcements/new").status_code == 403
    refused = boss.submit("/announcements/new", typed | {"branches": []})
    assert refused.status_code == 422
    assert "涨价通知" in refused.text
    assert boss.submit("/announcements/new", typed).status_code == 303
    run_jobs()
    made = session().query(Announcement).one()
    public_id = made.public_id
    assert accounts.queries.log_of(public_id)[0].details["targets"] == ["华东总代"]
    # The shop below sees it at the bell, on its first page and in the list, until it is read.
    counter, elsewhere = portal(client, again(shop)), portal(client, again(other))
    home = counter.get("/portal/")
    assert "涨价通知" in home.text
    assert "tabbar-badge" in home.text
    assert "涨价通知" in counter.get("/portal/announcements/?state=unread&q=涨价").text
    page = counter.get(f"/portal/announcements/{public_id}")
    assert "下月起涨价。" in page.text
    data = {"csrf_token": page.text.split('"csrf_token": "')[1].split('"')[0]}
    for _ in range(2):
        answer = counter.post(f"/portal/announcements/{public_id}/read", data=data)
        assert answer.status_code == 204
    assert "tabbar-badge" not in counter.get("/portal/").text
    assert "涨价通知" not in counter.get("/portal/announcements/?state=unread").text
    assert "涨价通知" in counter.get("/portal/announcements/?page=1").text
    for nonsense in ("page=x", "page=0", "page=99999999999999999999", "state=?", "q=%25"):
        assert counter.get(f"/portal/announcements/?{nonsense}").status_code == 200
    # Another channel's person learns nothing of it, nor does a colleague who may not announce.
    assert "涨价通知" not in elsewhere.get("/portal/announcements/").text
    assert elsewhere.get(f"/portal/announcements/{public_id}").status_code == 404
    assert colleague.get(f"/announcements/{public_id}").status_code == 403
    assert colleague.get(f"/channels/announcements/{public_id}/readers").status_code == 403
    shown = boss.get(f"/announcements/{public_id}")
    assert "华东总代" in shown.text
    assert "1 人中 1 人已读" in shown.text
    readers = boss.get(f"/channels/announcements/{public_id}/readers")
    assert "钱掌柜" in readers.text
    assert "静安店" in readers.text
    assert (
        "静安店" not in boss.get(f"/channels/announcements/{public_id}/readers?channel=华南").text
    )
    session().commit()
    with workspace_scope(rival):
        assert signed_in(client, owner()).get(f"/announcements/{public_id}").status_code == 404
        theirs = portal(client, make_person(make_channel()))
        assert theirs.get(f"/portal/announcements/{public_id}").status_code == 404
    # Changed to everybody, the form opens with what is chosen and the other channel sees it.
    assert "华东总代" in boss.get(f"/announcements/{public_id}/edit").text
    edited = typed | {"portal_audience": "everybody", "branches": []}
    assert boss.submit(f"/announcements/{public_id}/edit", edited).status_code == 303
    assert "涨价通知" in elsewhere.get("/portal/announcements/").text


def test_one_who_announces_needs_no_right_to_channels(in_acme, client):
    role = make_role(permissions=["notice:announce"])
    number = make_user(roles=[role]).id
    browser = signed_in(client, session().get_one(User, number))
    typed = {"title": "通知", "body": "内容", "audience": "everybody",
             "portal_audience": "everybody"}  # fmt: skip
    assert browser.submit("/announcements/new", typed).status_code == 303


@pytest.fixture
def two_regions(in_acme):
    """An announcement to two channels, and somebody who looks after one of them."""
    east, south = accounts.make_unit("华东"), accounts.make_unit("华南")
    mine = make_channel(name="华东总代", unit=east)
    theirs = make_channel(name="华南总代", unit=south)
    role = make_role(permissions=["notice:announce", "channel:view"], scope="unit")
    author = make_user(roles=[role], unit=east)
    made = to(PortalAudience.BRANCHES, mine, theirs, title="双十一")
    make_person(mine, name="钱掌柜")
    make_person(theirs, name="赵掌柜")
    session().flush()
    return made, mine, author


def test_who_reaches_a_part_of_the_channels_keeps_the_others_when_editing(two_regions, client):
    made, mine, author = two_regions
    public_id, mine_id = made.public_id, mine.public_id
    path = f"/announcements/{public_id}/edit"
    browser = signed_in(client, author)
    page = browser.get(path)
    assert "华南总代" not in page.text
    assert says(page, "Channels that you do not see, and that stay: %(count)s", count=1)
    typed = {"title": "双十一", "body": "改了", "audience": "nobody",
             "portal_audience": "branches"}  # fmt: skip
    for branches in ([mine_id], []):
        version = session().query(Announcement).one().version
        edited = typed | {"branches": branches, "version": version}
        assert browser.submit(path, edited).status_code == 303
        aimed = {name for _id, name in announcing.targets_of(session().query(Announcement).one())}
        assert aimed == ({"华东总代", "华南总代"} if branches else {"华南总代"})
    shown = browser.get(f"/announcements/{public_id}")
    assert says(shown, "%(count)s that you do not see", count=1)
    assert "华南总代" not in shown.text
    # Who turns it to everybody, turns it for all.
    version = session().query(Announcement).one().version
    edited = typed | {"portal_audience": "everybody", "version": version}
    assert browser.submit(path, edited).status_code == 303
    assert announcing.targets_of(session().query(Announcement).one()) == []


def test_the_readers_are_those_of_the_channels_one_reaches(two_regions, client):
    made, _mine, author = two_regions
    public_id = made.public_id
    path = f"/channels/announcements/{public_id}/readers"
    boss, browser = signed_in(client, owner()), signed_in(client, author)
    page = boss.get(path)
    assert "钱掌柜" in page.text
    assert "赵掌柜" in page.text
    assert "钱掌柜" not in boss.get(f"{path}?name=赵").text
    assert "钱掌柜" not in boss.get(f"{path}?read=yes").text
    assert "钱掌柜" in boss.get(f"{path}?read=no").text
    page = browser.get(path)
    assert "钱掌柜" in page.text
    assert "赵掌柜" not in page.text
    assert says(page, "%(read)s of %(people)s have read it", read=0, people=1)
    with browser.get(f"{path}?export=xlsx&read=no") as sheet:
        assert sheet.mimetype.endswith("sheet")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.get_data())).get_sheet_by_index(0)
    assert [row[0] for row in rows.to_python()[1:]] == ["钱掌柜"]
    entry = session().scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.event == "portal_readers:exported"
    assert (entry.subject_id, entry.details) == (public_id, {"count": 1, "filters": {"read": "no"}})
