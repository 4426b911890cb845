"""The operator's console: who gets in, and what can be done there."""

import uuid

import pytest
from sqlalchemy import func, insert, select

from control.console.working import RETRIED as JOB_RETRIED
from control.provisioning.models import Build, BuildState
from control.workspaces.models import Workspace, WorkspaceState
from control.workspaces.services import follow_standing
from kit import audit, clock, mail
from kit.audit import ControlAuditEntry
from kit.db import apart, control_session, control_transaction
from kit.i18n import format_size
from kit.jobs.tables import JobState, cell_outbox, control_outbox
from kit.tenancy import Access
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator

NEW = "Green-lantern-27"
PAGES = (
    "/console/workspaces",
    "/console/builds",
    "/console/updates",
    "/console/work",
    "/console/work/queues",
    "/console/work/failures",
    "/console/work/schedules",
    "/console/backups",
    "/console/messages",
    "/console/account",
    "/console/cells",
)


@pytest.fixture
def stranger(client):
    make_operator()
    return client.at("console")


@pytest.fixture
def console(stranger):
    """A browser in which an operator is logged in."""
    response = log_in(stranger)
    assert response.status_code == 303
    return stranger


def log_in(browser, password=PASSWORD, path="/console/login"):
    return browser.submit(path, {"email": OPERATOR_EMAIL, "password": password})


@pytest.fixture
def workspace(acme) -> Workspace:
    return control_session().scalars(select(Workspace).where(Workspace.schema == acme.schema)).one()


def reread(row):
    control_session().expire_all()
    return row


def entries() -> int:
    return control_session().scalar(select(func.count()).select_from(ControlAuditEntry))


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_sent_to_the_log_in(stranger, path):
    response = stranger.get(path)
    assert response.status_code == 302
    assert "/console/login" in response.location


@pytest.mark.parametrize("path", [*PAGES, "/console/login"])
def test_it_is_nowhere_but_on_its_own_host(client, acme, path):
    make_operator()
    for place in (acme, ""):
        assert client.at(place).get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_itself_in_both_languages(console, path):
    assert console.get(path).status_code == 200
    console.set_cookie("language", "en", domain="console.simtree.test")
    assert '<html lang="en">' in console.get(path).text


def test_the_front_door_leads_in(console):
    assert console.get("/").location.endswith("/console/workspaces")


def test_the_log_in_goes_where_one_wanted(stranger):
    wanted = stranger.get("/console/builds").location
    response = log_in(stranger, path=wanted)
    assert response.location.endswith("/console/builds")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert stranger.get("/console/login").status_code in {302, 303}


def test_the_log_in_never_leads_away(stranger):
    response = log_in(stranger, path="/console/login?next=//evil.example/")
    assert response.location.endswith("/console/workspaces")


def test_a_wrong_password_stays_outside(stranger):
    refused = log_in(stranger, "wrong")
    assert refused.status_code == 422
    assert "邮箱或密码错误" in refused.text
    assert stranger.get("/console/workspaces").status_code == 302


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 43])
def test_another_s_cookie_is_worthless(stranger, token):
    stranger.set_cookie("console", token, domain="console.simtree.test")
    assert stranger.get("/console/workspaces").status_code == 302


def test_the_operator_s_cookie_is_worthless_in_a_workspace(console, acme):
    token = console.get_cookie("console", domain="console.simtree.test").value
    visitor = console.at(acme)
    visitor.set_cookie("console", token, domain=acme.host)
    assert visitor.get("/console/workspaces").status_code == 404


def test_logging_out_ends_the_session(console):
    token = console.get_cookie("console", domain="console.simtree.test").value
    console.post("/console/logout", data={"csrf_token": console.token("/console/account")})
    console.set_cookie("console", token, domain="console.simtree.test")
    assert console.get("/console/workspaces").status_code == 302


def test_the_password_is_changed(console):
    changed = console.submit("/console/account", {"old": PASSWORD, "password": NEW, "confirm": NEW})
    assert changed.status_code == 303
    assert log_in(console.at("console"), PASSWORD).status_code == 422
    assert log_in(console.at("console"), NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "confirm"), [("wrong", NEW, NEW), (PASSWORD, NEW, "other"), (PASSWORD, "", "")]
)
def test_a_bad_change_of_password_is_refused(console, old, new, confirm):
    refused = console.submit("/console/account", {"old": old, "password": new, "confirm": confirm})
    assert refused.status_code == 422
    assert log_in(console.at("console")).status_code == 303


def test_another_session_is_ended(console):
    other = console.at("console")
    log_in(other)
    page = console.get("/console/account").text
    path = page.split('action="')[-1].split('"')[0]
    assert "/end" in path
    data = {"csrf_token": console.token("/console/account")}
    assert console.post(path, data=data).status_code == 303
    assert other.get("/console/workspaces").status_code == 302
    assert console.get("/console/workspaces").status_code == 200
    assert console.post(path, data=data).status_code == 404


def test_workspaces_are_listed_searched_and_filtered(console, acme):
    text = console.get("/console/workspaces").text
    assert "Acme 通信" in text
    assert "Rival 通信" in text
    found = console.get("/console/workspaces?q=ACM").text
    assert "Acme 通信" in found
    assert "Rival 通信" not in found
    assert "Acme 通信" not in console.get("/console/workspaces?state=suspended").text
    assert "Acme 通信" in console.get("/console/workspaces?state=trial&sort=created_at").text


def test_a_workspace_shows_its_builds_and_log(console, workspace):
    text = console.get(f"/console/workspaces/{workspace.public_id}").text
    assert "http://acme.simtree.test/" in text
    assert workspace.schema in text
    assert "构建完成并开通" in text
    assert console.get(f"/console/workspaces/{'0' * 26}").status_code == 404


def test_it_opens_in_the_drawer(console, workspace):
    piece = console.get(
        f"/console/workspaces/{workspace.public_id}",
        headers={"HX-Request": "true", "HX-Target": "div#drawer-body"},
    )
    assert 'id="drawer-title"' in piece.text


def test_suspending_asks_for_the_address_and_a_reason(console, workspace):
    path = f"/console/workspaces/{workspace.public_id}/suspend"
    for typed in ({"reason": "欠费", "confirm": "rival"}, {"reason": "", "confirm": "acme"}):
        refused = console.submit(path, typed)
        assert refused.status_code == 422
    assert reread(workspace).state == WorkspaceState.TRIAL
    assert console.submit(path, {"reason": "欠费", "confirm": "acme"}).status_code == 303
    assert reread(workspace).state == WorkspaceState.SUSPENDED
    assert "欠费" in console.get(f"/console/workspaces/{workspace.public_id}").text


def test_a_suspended_workspace_says_why(console, client, workspace, acme):
    from control.workspaces.directory import directory

    path = f"/console/workspaces/{workspace.public_id}"
    console.submit(f"{path}/suspend", {"reason": "连续三个月欠费", "confirm": "acme"})
    visitor = client.at(acme)
    shut = visitor.get("/login")
    assert shut.status_code == 503
    assert "连续三个月欠费" in shut.text
    console.submit(f"{path}/resume", {"reason": "已付款", "confirm": "acme"})
    directory.forget()
    assert visitor.get("/login").status_code == 200
    assert reread(workspace).state == WorkspaceState.TRIAL


def test_resuming_what_is_open_is_refused(console, workspace):
    path = f"/console/workspaces/{workspace.public_id}/resume"
    assert console.submit(path, {"reason": "x", "confirm": "acme"}).status_code == 422
    assert console.submit(path, {"reason": "x", "confirm": "other"}).status_code == 422


def test_what_billing_has_suspended_is_shut_by_an_operator_all_the_same(console, workspace):
    path = f"/console/workspaces/{workspace.public_id}"
    follow_standing(
        workspace, WorkspaceState.SUSPENDED, cause="owed", falls_at=None, by=audit.SYSTEM
    )
    assert reread(workspace).access == Access.UNPAID
    page = console.get(path).text
    assert f"{path}/suspend" in page
    assert f"{path}/resume" not in page
    assert (
        console.submit(f"{path}/suspend", {"reason": "诈骗", "confirm": "acme"}).status_code == 303
    )
    assert reread(workspace).access == Access.SUSPENDED
    # Paying does not open it: it returns to where billing says it stands.
    follow_standing(workspace, WorkspaceState.ACTIVE, cause="paid", falls_at=None, by=audit.SYSTEM)
    assert reread(workspace).access == Access.SUSPENDED
    console.submit(f"{path}/resume", {"reason": "澄清", "confirm": "acme"})
    assert reread(workspace).state == WorkspaceState.ACTIVE


def test_suspending_twice_is_refused(console, workspace):
    path = f"/console/workspaces/{workspace.public_id}/suspend"
    console.submit(path, {"reason": "x", "confirm": "acme"})
    assert console.submit(path, {"reason": "y", "confirm": "acme"}).status_code == 422
    assert reread(workspace).suspended_reason == "x"


def test_a_failed_build_is_tried_again(console, workspace):
    with control_transaction() as control:
        build = control.scalars(select(Build).where(Build.workspace_id == workspace.id)).one()
        build.state = BuildState.FAILED
        build.error = "OperationalError (connect)"
    listed = console.get("/console/builds?state=failed").text
    assert "OperationalError (connect)" in listed
    assert "Rival 通信" not in listed
    path = f"/console/builds/{build.public_id}/retry"
    assert path in console.get(f"/console/workspaces/{workspace.public_id}").text
    data = {"csrf_token": console.token("/console/account")}
    assert console.post(path, data=data).status_code == 303
    assert reread(build).state == BuildState.QUEUED
    console.post(path, data=data)
    assert reread(build).attempts == 0
    missing = f"/console/builds/{'0' * 26}/retry"
    assert console.post(missing, data=data).status_code == 404


def add_work(cell, workspace, *, state, kind="orders.confirm", error=None):
    outbox = control_outbox if cell is None else cell_outbox
    job_id = uuid.uuid4()
    with apart(cell) as own:
        own.execute(
            insert(outbox).values(
                workspace=workspace,
                id=job_id,
                kind=kind,
                body={"secret": "13900139000"},
                run_at=clock.now(),
                state=state,
                attempts=8,
                error=error,
            )
        )
    return job_id


def test_background_work_is_counted_and_listed_without_bodies(console, acme):
    add_work("main", acme.schema, state=JobState.DEAD, error="ValueError")
    add_work("main", acme.schema, state=JobState.REFUSED, error="李山海的号码已被占用")
    add_work(None, "", state=JobState.DEAD, kind="signup.send_verification", error="SMTPException")
    control_page = console.get("/console/work").text
    assert "SMTPException" in control_page
    assert "signup.send_verification" in control_page
    cell_page = console.get("/console/work?place=main&state=dead").text
    assert "ValueError" in cell_page
    assert "Acme 通信" in cell_page
    everything = console.get("/console/work?place=main").text
    assert "13900139000" not in everything
    assert "李山海" not in everything
    assert console.get("/console/work?place=elsewhere").status_code == 404


@pytest.mark.parametrize("place", ["control", "main"])
def test_dead_work_is_tried_again_once(console, acme, place):
    cell, schema = (None, "") if place == "control" else (place, acme.schema)
    job_id = add_work(cell, schema, state=JobState.DEAD, error="ValueError")
    path = f"/console/work/{place}/{schema or '-'}/{job_id}/retry"
    data = {"csrf_token": console.token("/console/account")}
    assert console.post(path, data=data).status_code == 303
    outbox = control_outbox if cell is None else cell_outbox
    with apart(cell) as own:
        row = own.execute(select(outbox.c.state, outbox.c.attempts).where(outbox.c.id == job_id))
        assert row.one() == (JobState.WAITING, 0)
    log = select(ControlAuditEntry).where(ControlAuditEntry.event == JOB_RETRIED.name)
    logged = control_session().scalars(log).one()
    assert (logged.subject_id, logged.address) == (str(job_id), "127.0.0.1")
    before = entries()
    console.post(path, data=data)
    assert entries() == before
    assert console.get(path).status_code in {404, 405}


def test_messages_are_shown_with_their_links(console, sent):
    mail.keep("mail", "a@example.com", "主题", "看 http://x.simtree.test/y <b>", message_id="m-1")
    text = console.get("/console/messages").text
    assert 'href="http://x.simtree.test/y"' in text
    assert "&lt;b&gt;" in text


def test_sizes_read_well():
    assert [format_size(n) for n in (0, 2048, 5_500_000, 3 * 1024**3, 2 * 1024**4)] == [
        "0 B",
        "2 KB",
        "5.2 MB",
        "3.0 GB",
        "2.0 TB",
    ]
