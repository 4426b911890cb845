"""Support access as the platform sees it: mails, the console's list, the way in, the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from control.signup.models import Signup
from control.support import services as support
from control.support.models import SupportVisit
from control.support.queries import open_grant
from control.workspaces.directory import directory
from control.workspaces.services import suspend_workspace
from kit import audit, clock
from kit.audit import AuditEntry, ControlAuditEntry
from kit.db import control_session, session, workspace_scope
from kit.errors import Refused
from tests.control.test_console_pages import log_in
from tests.factories.control import make_operator, make_signup
from tests.factories.trust import handed_over, make_grant, row_of


@pytest.fixture
def console(client):
    make_operator()
    browser = client.at("console")
    assert log_in(browser).status_code == 303
    return browser


@pytest.fixture
def owned(acme):
    """acme with a signed-up owner, whose mailbox is the only proven one."""
    signup = make_signup()
    control_session().get(Signup, signup.id).workspace_id = acme.id
    control_session().commit()
    return signup.email


def test_both_sides_are_told(acme, owned, sent, work):
    make_operator()
    grant = make_grant(acme)
    work()
    support.revoke_access(grant, by=audit.SYSTEM)
    work()
    told = {(one.recipient, one.subject) for one in sent()}
    assert {to for to, _subject in told} >= {owned, "ops@example.com"}


def test_the_directory_knows_until_when(acme):
    grant = make_grant(acme)
    assert directory.by_address("acme").support_until == grant.ends_at
    support.revoke_access(grant, by=audit.SYSTEM)
    assert directory.by_address("acme").support_until is None


def test_what_ran_out_is_noted_once_and_the_owner_told(acme, owned, sent, work, monkeypatch):
    grant = make_grant(acme, hours=1)
    ends_at, public_id = grant.ends_at, grant.public_id
    monkeypatch.setattr(clock, "now", lambda: ends_at + timedelta(minutes=1))
    assert (support.note_lapses(), support.note_lapses()) == (1, 0)
    work()
    row = row_of(acme)
    assert row.support_until is None
    found = control_session().scalars(
        select(ControlAuditEntry).where(ControlAuditEntry.event == "support:lapsed")
    )
    assert found.one().details == {"grant": public_id}
    with workspace_scope(acme):
        inner = session().scalars(select(AuditEntry).where(AuditEntry.event == "support:lapsed"))
        assert inner.one().subject_id == public_id


def test_a_new_grant_takes_the_place_of_one_that_ran_out(acme, monkeypatch):
    old = make_grant(acme, hours=1)
    late = old.ends_at + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert make_grant(acme).is_open


@pytest.mark.parametrize("hours", [0, 73, -1])
def test_hours_have_bounds(acme, hours):
    with pytest.raises(Refused) as refusal:
        make_grant(acme, hours=hours)
    assert refusal.value.field == "hours"
    assert open_grant(acme.id) is None


def test_a_suspended_workspace_lets_nobody_in(acme):
    grant = make_grant(acme)
    suspend_workspace(row_of(acme), reason="x", by=audit.SYSTEM)
    with pytest.raises(Refused):
        handed_over(grant)


def test_the_console_lists_what_is_open(console, acme, rival):
    support.revoke_access(make_grant(rival, reason="过去的"), by=audit.SYSTEM)
    make_grant(acme, reason="打不开")
    page = console.get("/console/support?state=open")
    assert "打不开" in page.text
    assert "过去的" not in page.text
    assert "过去的" in console.get("/console/support").text
    assert console.get("/console/support?q=acme").status_code == 200
    assert console.get("/console/support?export=xlsx").mimetype.endswith("sheet")


def test_a_workspaces_own_page_says_that_its_doors_are_open(console, acme):
    path = f"/console/workspaces/{row_of(acme).public_id}"
    assert "打不开" not in console.get(path).text
    make_grant(acme, reason="打不开")
    assert "打不开" in console.get(path).text


def test_entering_leads_to_the_workspaces_host(console, client, acme):
    grant = make_grant(acme)
    path = f"/console/support/{grant.public_id}"
    page = console.get(path)
    assert "http://acme.simtree.test" in page.headers["Content-Security-Policy"] or (
        "https://acme.simtree.test" in page.headers["Content-Security-Policy"]
    )
    answer = console.post(f"{path}/enter", data={"csrf_token": console.token(path)})
    assert answer.status_code == 303
    assert "://acme.simtree.test/support/enter?pass=" in answer.location
    token = answer.location.partition("pass=")[2]
    browser = client.at(acme)
    assert browser.submit(f"/support/enter?pass={token}", {"pass": token}).status_code == 303
    visit = control_session().scalars(select(SupportVisit)).one()
    assert visit.entered_at
    assert "平台小李" in console.get(path).text


def test_entering_by_get_is_refused(console, acme):
    grant = make_grant(acme)
    assert console.get(f"/console/support/{grant.public_id}/enter").status_code == 405


def test_a_grant_that_is_over_cannot_be_entered(console, acme):
    grant = make_grant(acme)
    path = f"/console/support/{grant.public_id}"
    token = console.token(path)
    support.revoke_access(grant, by=audit.SYSTEM)
    answer = console.post(f"{path}/enter", data={"csrf_token": token})
    assert "pass=" not in (answer.location or "")
    assert console.get(path).text.count("/enter") == 0


def test_strangers_see_nothing(client, acme):
    make_operator()
    grant = make_grant(acme)
    for path in ("/console/support", f"/console/support/{grant.public_id}"):
        assert client.at("console").get(path).status_code == 302
        assert client.at(acme).get(path).status_code == 404
