"""Pages of notices: their owner, a colleague with fewer rights, and somebody from elsewhere."""

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select

from kit import clock
from kit.db import session, workspace_scope
from kit.i18n import timezone
from kit.live.tickets import read_ticket
from tenants.accounts.models import User
from tenants.notices import queries, services
from tenants.notices.kinds import every_kind
from tenants.notices.models import NoticeTemplate, Pace, Setting, Way
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.notices import KIND, notices_of, tell, thing
from tests.page import says

PACES = {f"{way}_pace": "at_once" for way in Way if way != Way.INBOX}


def statements(browser, url):
    """The SELECTs that a page asks, the second time."""
    browser.get(url)
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    engine = session().get_bind()
    sql_event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get(url).status_code == 200
    finally:
        sql_event.remove(engine, "before_cursor_execute", note)
    return [one for one in sent if one.lstrip().upper().startswith("SELECT")]


def test_the_inbox_shows_reads_and_puts_away(in_acme, client):
    me, other = make_user(), make_user()
    for number in range(3):
        tell(me, who="张三", what=f"事{number}")
    ids = [one.public_id for one in notices_of(me)]
    browser, stranger = signed_in(client, me), signed_in(client, other)
    page = browser.get("/notices/")
    assert all(f"张三 做了 事{number}" in page.text for number in range(3))
    assert "事0" not in stranger.get("/notices/").text
    assert stranger.get(f"/notices/{ids[0]}").status_code == 403
    assert 'hx-trigger="load"' in browser.get(f"/notices/{ids[0]}").text
    token = browser.token("/notices/")
    assert browser.get("/notices/bell").json["unread"] == 3
    data = {"csrf_token": token}
    assert browser.post(f"/notices/{ids[0]}/read", data=data).status_code == 204
    assert browser.get("/notices/bell").json["unread"] == 2
    browser.post("/notices/archive", data=data | {"ids": ids[:2]})
    assert "事2" not in browser.get("/notices/").text
    assert "事2" in browser.get("/notices/?status=archived").text
    browser.post("/notices/back", data=data | {"ids": ids[:2]})
    assert "事2" in browser.get("/notices/").text
    assert browser.post("/notices/read-all", data=data).status_code == 303
    assert browser.get("/notices/bell").json["unread"] == 0
    assert "事0" not in browser.get("/notices/?status=unread").text


def test_a_notice_sleeps_until_it_is_to_come_back(in_acme, client):
    me = make_user()
    tell(me, who="张三", what="付款")
    one = notices_of(me)[0].public_id
    browser = signed_in(client, me)
    assert (
        browser.submit(f"/notices/{one}/snooze", {"until": "2020-01-01T10:00"}).status_code == 422
    )
    assert browser.submit(f"/notices/{one}/snooze", {"until": "xx"}).status_code == 422
    later = clock.now().astimezone(timezone()).replace(year=clock.now().year + 1)
    typed = {"until": f"{later:%Y-%m-%dT%H:%M}"}
    assert browser.submit(f"/notices/{one}/snooze", typed).location == "/notices/"
    assert "付款" not in browser.get("/notices/").text
    assert "付款" in browser.get("/notices/?status=snoozed").text


@pytest.mark.parametrize(
    "url",
    ["/notices/", "/notices/choices", "/settings/notices/", "/announcements/", "/reminders/",
     "/notices/bell"],
)  # fmt: skip
def test_the_pages_ask_few_statements(in_acme, client, url):
    for _ in range(5):
        tell(owner())
    asked = statements(signed_in(client, owner()), url)
    assert len(asked) <= 8, asked


def test_every_page_of_the_back_office_costs_no_statement_more_for_its_bell(in_acme, client):
    asked = statements(signed_in(client, owner()), "/announcements/new")
    assert not [one for one in asked if " notices" in one]


def test_the_bell_gives_a_ticket_for_this_log_in_alone(in_acme, rival, client):
    me = make_user()
    answer = signed_in(client, me).get("/notices/bell")
    assert answer.headers["Cache-Control"] == "no-store"
    ticket = read_ticket(answer.json["ticket"], in_acme)
    assert ticket.person == me.public_id
    assert answer.json["stream"] == "/live"
    assert client.at(in_acme).get("/notices/bell").status_code == 302
    with workspace_scope(rival):
        theirs = signed_in(client, owner()).get("/notices/bell").json["ticket"]
    assert read_ticket(theirs, rival).person != me.public_id


def test_one_chooses_what_one_hears_of(in_acme, client):
    me = make_user()
    number = me.id
    services.edit_rules({(KIND.code, "sms"): Setting.FORCED}, by=owner())
    browser = signed_in(client, me)
    page = browser.get("/notices/choices")
    assert all(str(kind.label) in page.text for kind in every_kind() if "tests" in kind.code)
    typed = {"on": [f"{KIND.code}|inbox", "no|such", "nonsense", f"{KIND.code}|pigeon"],
             **PACES, "mail_pace": "daily", "wecom_address": "key-1"}  # fmt: skip
    assert browser.submit("/notices/choices", typed).location == "/notices/choices"
    cells = {cell.way: cell for kind, row in queries.matrix_for(_again(number)).rows
             if kind is KIND for cell in row}  # fmt: skip
    assert [way for way, cell in cells.items() if cell.is_on] == [Way.INBOX, Way.SMS]
    known = queries.addresses_of([_again(number)])
    assert known[number, Way.MAIL].pace == Pace.DAILY
    assert known[number, Way.WECOM].address == "key-1"
    assert "notices:choices_edited" in accounts.log_names(_again(number))
    # A wrong address keeps everything that was typed, and saves nothing.
    refused = browser.submit(
        "/notices/choices", typed | {"on": [], "wecom_address": "a b", "sms_pace": "hourly"}
    )
    assert refused.status_code == 422
    assert 'value="a b"' in refused.text
    assert says(refused, "This is not an address of that kind.")
    assert queries.addresses_of([_again(number)]).get((number, Way.SMS)) is None
    assert queries.addresses_of([_again(number)])[me.id, Way.WECOM].address == "key-1"
    assert browser.submit("/notices/choices", PACES | {"mail_pace": "never"}).status_code == 422


def _again(number):
    return session().get_one(User, number)


def test_the_workspace_sets_rules_and_a_colleague_may_not(in_acme, client):
    boss = signed_in(client, owner())
    place = f"{KIND.code}|wechat"
    typed = {place: "forced", f"{KIND.code}|mail": "nonsense", "tests:forced|inbox": "barred"}
    refused = boss.submit("/settings/notices/", typed)
    assert refused.status_code == 422
    assert says(refused, "“%(kind)s” cannot be switched off here.", kind="必收通知")
    assert queries.rules() == {}
    del typed["tests:forced|inbox"]
    assert boss.submit("/settings/notices/", typed).status_code == 303
    assert queries.rules() == {(KIND.code, "wechat"): Setting.FORCED}
    # What the kind says itself takes no row.
    assert boss.submit("/settings/notices/", {}).status_code == 303
    assert queries.rules() == {}
    colleague = signed_in(client, make_user())
    assert colleague.get("/settings/notices/").status_code == 403
    token = colleague.token("/notices/")
    answer = colleague.post("/settings/notices/", data={"csrf_token": token} | typed)
    assert (answer.status_code, queries.rules()) == (403, {})


def test_the_workspace_has_words_of_its_own(in_acme, client, rival):
    me = make_user()
    number = me.id
    tell(me, who="张三", what="付款")
    boss = signed_in(client, owner())
    url = f"/settings/notices/{KIND.code}/zh_Hans_CN"
    assert "{who} 做了 {what}" in boss.get(url).text
    for wrong in ("{whom} 好", "{who", "a}b", "{who.__class__}", "{0}", ""):
        refused = boss.submit(url, {"title": wrong, "body": "x"})
        assert refused.status_code == 422, wrong
        assert session().scalars(select(NoticeTemplate)).all() == []
    shown = boss.submit(url, {"title": "请看：{what}", "body": "{who}", "preview": "yes"})
    assert shown.status_code == 200
    assert "请看：测试" in shown.text
    assert session().scalars(select(NoticeTemplate)).all() == []
    assert boss.submit(url, {"title": "请看：{what}", "body": "来自 {who}"}).status_code == 303
    browser = signed_in(client, _again(number))
    assert "请看：付款" in browser.get("/notices/").text
    browser.set_cookie("language", "en", domain=browser.host)
    assert "张三 做了 付款" in browser.get("/notices/").text
    # A form opened before somebody else saved is refused.
    stale = {"csrf_token": boss.token(url), "version": "0", "title": "旧", "body": ""}
    assert boss.post(url, data=stale).status_code == 422
    colleague = signed_in(client, _again(number))
    assert colleague.get(url).status_code == 403
    assert boss.get("/settings/notices/no:such/en").status_code == 404
    assert boss.get(f"/settings/notices/{KIND.code}/fr").status_code == 404
    with workspace_scope(rival):
        theirs = signed_in(client, owner())
        assert "请看" not in theirs.get(url).text
    data = {"csrf_token": boss.token(url)}
    assert boss.post(f"{url}/usual", data=data).status_code == 303
    browser.delete_cookie("language", domain=browser.host)
    assert "张三 做了 付款" in signed_in(client, _again(number)).get("/notices/").text


def test_a_workspace_elsewhere_sees_nothing_of_it(in_acme, client, rival):
    me = make_user()
    tell(me, record=thing(), who="张三", what="付款")
    one = notices_of(me)[0].public_id
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        assert stranger.get(f"/notices/{one}").status_code == 404
        assert "付款" not in stranger.get("/notices/").text
    role = make_role(permissions=["order:view"])
    assert signed_in(client, make_user(roles=[role])).get("/notices/").status_code == 200
