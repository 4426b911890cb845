"""An operator inside a workspace: what opens, what is logged, what never happens, how it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from control.console.models import OperatorSession
from control.support import services as support
from control.support.models import SupportGrant, SupportVisit
from control.support.queries import open_grant
from control.workspaces.directory import directory
from kit import audit, clock
from kit.audit import AuditEntry
from kit.db import control_session, session, workspace_scope
from kit.security.routes import Open, access_of
from tenants.accounts.support import OPEN_PAGES, READ, VIEWED
from tests.factories.accounts import agent, owner, signed_in
from tests.factories.customers import make_customer
from tests.factories.trust import handed_over, inside, make_grant
from tests.factories.world import address, make_world, rules


@pytest.fixture
def grant(acme) -> SupportGrant:
    return make_grant(acme)


@pytest.fixture
def visitor(client, acme, grant):
    return inside(client, acme, grant)


def views(tenant) -> list[AuditEntry]:
    with workspace_scope(tenant):
        return (
            session()
            .scalars(
                select(AuditEntry).where(AuditEntry.event == VIEWED.name).order_by(AuditEntry.id)
            )
            .all()
        )


def test_the_first_page_says_who_looks_and_until_when(visitor):
    page = visitor.get("/support/")
    assert page.status_code == 200
    assert "平台小李" in page.text
    assert "只能查看" in page.text or "不能修改" in page.text


def test_every_page_has_the_banner_and_its_way_out(visitor):
    page = visitor.get("/orders/")
    assert page.status_code == 200
    assert "/support/leave" in page.text
    assert "/support/still" in page.text


def test_every_view_is_in_the_workspaces_own_log(visitor, acme, grant):
    visitor.get("/orders/?q=13800000000")
    visitor.get("/customers/")
    seen = views(acme)
    assert [one.details["page"] for one in seen][-2:] == ["/orders/", "/customers/"]
    last = seen[-1]
    assert (last.actor_kind, last.actor_name) == ("operator", "平台小李")
    assert last.subject_id == grant.public_id
    assert last.address == "127.0.0.1"
    assert last.device


def test_a_refused_page_is_in_the_log_too(visitor, acme):
    assert visitor.get("/users/").status_code == 403
    assert views(acme)[-1].details["page"] == "/users/"


def test_the_banners_question_is_no_view(visitor, acme):
    before = len(views(acme))
    assert visitor.get("/support/still").status_code == 204
    assert len(views(acme)) == before


@pytest.mark.parametrize(
    "path",
    [
        "/users/",
        "/roles/",
        "/settlement/",
        "/settlement/payouts/",
        "/settings/security",
        "/settings/workspace/",
        "/settings/support/",
        "/settings/verification/",
        "/settings/notices/platforms",
        "/audit/",
        "/audit/reveals",
        "/carriers/",
        "/exports/",
        "/imports/",
        "/documents/",
        "/account",
        "/account/sessions",
        "/notices/bell",
        "/recycle-bin/",
    ],
)
def test_money_secrets_rights_files_and_accounts_stay_shut(visitor, path):
    assert visitor.get(path).status_code == 403


@pytest.mark.parametrize("query", ["export=xlsx", "print=yes"])
def test_no_list_leaves(visitor, query):
    assert visitor.get(f"/orders/?{query}").status_code == 403


def test_lists_offer_neither_file_nor_paper(visitor):
    page = visitor.get("/orders/").text
    assert "data-export-url" not in page
    assert "data-print-list" not in page


def test_the_menu_leads_only_to_what_opens(visitor):
    page = visitor.get("/support/").text
    assert "/orders/" in page
    for shut in ("/settlement/", "/users/", "/notices/", "/exports/"):
        assert f'href="{shut}"' not in page


def test_home_leads_to_the_first_page(visitor):
    answer = visitor.get("/home/")
    assert answer.location.endswith("/support/")


def test_no_page_gives_personal_data_away(app, client, acme):
    """Every GET page there is, with one thing of each kind behind it, under both kinds of grant."""
    with workspace_scope(acme):
        things = make_world()
        told = make_customer(phone="13977770001")
        secrets = ["13977770001", told.document]
        customer = told.public_id
    paths = [f"/customers/{customer}", f"/customers/{customer}/edit", "/customers/", "/orders/"]
    pages = {}
    for rule in rules(app, "office"):
        path = address(rule, things) if rule.arguments else rule.rule
        right = access_of(app.view_functions[rule.endpoint])
        if path and "GET" in (rule.methods or ()) and right != Open.PUBLIC:
            pages[path] = (rule.endpoint, str(right))
    for may_write in (False, True):
        given = open_grant(acme.id)
        support.revoke_access(given, by=audit.SYSTEM)
        visitor = inside(client, acme, make_grant(acme, may_write=may_write))
        visitor.inspect = False
        opened = set()
        for path in [*pages, *paths]:
            endpoint, right = pages.get(path, ("", ""))
            answer = visitor.get(path)
            assert answer.status_code in {200, 204, 302, 303, 403, 404, 422}, path
            if answer.status_code != 200:
                continue
            opened.add(path)
            text = answer.get_data(as_text=True)
            assert not [one for one in secrets if one and one in text], path
            if endpoint and not may_write:
                assert endpoint in OPEN_PAGES or right in READ, endpoint
        assert len(opened) > 20
        assert (f"/customers/{customer}/edit" in opened) is may_write
        assert f"/customers/{customer}" in opened


def test_the_search_works_and_masks(visitor, acme):
    with workspace_scope(acme):
        phone = make_customer(phone="13977770002").phone.removeprefix("+86")
        session().commit()
    token = visitor.token("/search/")
    answer = visitor.post("/search/", data={"q": phone, "csrf_token": token})
    assert answer.status_code == 200
    assert answer.text.count(phone) == answer.text.count(f'value="{phone}"')


def test_it_ends_by_itself(visitor, monkeypatch):
    assert visitor.get("/orders/").status_code == 200
    later = clock.now() + timedelta(hours=4, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = visitor.get("/orders/")
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_a_banner_that_asks_after_the_end_leads_out(visitor, acme, grant):
    support.revoke_access(grant, by=audit.SYSTEM)
    answer = visitor.get("/support/still", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "/login" in answer.headers["HX-Redirect"]


def test_it_ends_at_once_when_it_is_taken_back(visitor, grant):
    support.revoke_access(grant, by=audit.SYSTEM)
    assert visitor.get("/orders/").status_code == 302


def test_it_ends_with_the_operators_log_in(visitor):
    for one in control_session().scalars(select(OperatorSession)):
        one.ended_at = clock.now()
    control_session().commit()
    assert visitor.get("/orders/").status_code == 302


def test_it_ends_with_the_operator(visitor, grant):
    visit = control_session().scalars(select(SupportVisit)).one()
    visit.operator.is_active = False
    control_session().commit()
    assert visitor.get("/orders/").status_code == 302


def test_leaving_ends_the_visit_and_nothing_else(visitor, client, acme, grant):
    answer = visitor.post("/support/leave", data={"csrf_token": visitor.token("/support/")})
    assert answer.location.endswith("/support/left")
    assert visitor.get("/support/left").status_code == 200
    assert visitor.get("/orders/").status_code == 302
    assert control_session().get(SupportGrant, grant.id, populate_existing=True).is_open


def test_the_workspaces_people_see_that_the_doors_are_open(client, acme, grant):
    directory.forget()
    with workspace_scope(acme):
        boss, colleague = signed_in(client, owner()), signed_in(client, agent())
    for browser, may_end in ((boss, True), (colleague, False)):
        page = browser.get("/customers/").text
        assert "平台运营方可以查看本企业空间" in page
        assert ("/settings/support/end" in page) is may_end


def test_the_hint_ends_with_the_hours_though_nobody_noted_it(client, acme, grant, monkeypatch):
    directory.forget()
    with workspace_scope(acme):
        boss = signed_in(client, owner())
        later = grant.ends_at + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert "/settings/support/end" not in boss.get("/customers/").text


def test_others_see_nothing_of_it(client, grant, rival):
    with workspace_scope(rival):
        assert "平台运营方可以查看" not in signed_in(client, owner()).get("/customers/").text


def test_an_operator_is_nobody_in_the_portal(visitor):
    assert visitor.get("/portal/").status_code == 302


def test_nothing_is_noted_of_whom_the_workspace_knows(visitor, acme):
    """No activity, no recent records: who looks in is none of its people."""
    visitor.get("/orders/")
    with workspace_scope(acme):
        others = session().scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.actor_kind == "operator", AuditEntry.event.notlike("support:%"))
        )
    assert others == 0


def test_a_way_in_needs_its_own_page_first(client, acme, grant):
    _operator, token = handed_over(grant)
    browser = client.at(acme)
    page = browser.get(f"/support/enter?pass={token}")
    assert page.status_code == 200
    assert "平台小李" in page.text
    # Looking at it has not used it up.
    assert browser.submit(f"/support/enter?pass={token}", {"pass": token}).status_code == 303
