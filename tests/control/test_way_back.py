"""A workspace's only administrator has lost everything: an operator opens a way back, once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from control.console import services, way_back
from control.console.models import Operator
from control.signup.models import Signup
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import apart, control_session, control_transaction, session, workspace_scope
from kit.errors import Forbidden, Refused
from kit.jobs.tables import JobState, control_outbox
from tenants.accounts import queries
from tenants.accounts.models import PasswordReset
from tenants.accounts.queries import log_of
from tests.control.conftest import link_in
from tests.factories import accounts
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator, make_signup

NEW = "Copper-kettle-58"
REASON = "手机丢了，电话核实过"


@pytest.fixture
def workspace(acme) -> Workspace:
    return control_session().scalars(select(Workspace).where(Workspace.schema == acme.schema)).one()


@pytest.fixture
def signup(workspace, work) -> Signup:
    made = make_signup(email="boss@acme.example.com", locale="en")
    work()
    with control_transaction():
        made.workspace_id = workspace.id
    return made


@pytest.fixture
def locked_out(acme, signup) -> str:
    """The only administrator's log-in name; he has a second step that he lost."""
    with workspace_scope(acme):
        user = accounts.owner()
        accounts.enrolled(user)
        session().commit()
        return user.username


@pytest.fixture
def scene(client, workspace, locked_out, work, sent) -> SimpleNamespace:
    """The workspace, who is locked out of it, a browser, and how to ask, work and read mail."""

    def opened() -> str:
        ask(workspace)
        assert work() == [JobState.DONE]
        return mailed(sent)

    return SimpleNamespace(
        acme=as_tenant(workspace),
        workspace=workspace,
        name=locked_out,
        work=work,
        sent=sent,
        opened=opened,
        browser=client.at(as_tenant(workspace)),
    )


@pytest.fixture
def console(client):
    make_operator()
    browser = client.at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


def form(**changes):
    return {"reason": REASON, "confirm": "acme", "own": PASSWORD} | changes


def ask(workspace, *, by: Operator | None = None, own: str = PASSWORD) -> None:
    way_back.ask_way_back(workspace, reason=REASON, own=own, by=by or make_operator())


def address(workspace: Workspace) -> str:
    return f"/console/workspaces/{workspace.public_id}/way-back"


def mailed(sent) -> str:
    """The path of the link in the newest mail to the owner."""
    found = (one for one in sent() if one.recipient == "boss@acme.example.com")
    return link_in(next(one for one in found if "/reset/" in one.body))


def choose(browser, path: str, password: str = NEW):
    return browser.submit(path, {"password": password, "again": password})


def state(acme, name: str) -> tuple[bool, bool]:
    with workspace_scope(acme):
        session().expire_all()
        user = queries.find_by_login(name)
        found = user.second_step_since is not None, queries.authenticator(user) is not None
        session().rollback()
        return found


def test_the_owner_is_mailed_a_link_that_opens_once(scene, console):
    workspace, sent, work, locked_out = scene.workspace, scene.sent, scene.work, scene.name
    page = console.get(f"/console/workspaces/{workspace.public_id}").text
    assert address(workspace) in page
    assert "boss@acme.example.com" in console.get(address(workspace)).text
    assert console.submit(address(workspace), form()).status_code == 303
    assert work() == [JobState.DONE]
    message = sent()[0]
    assert REASON in message.body
    assert locked_out in message.body
    # What opens the account was never on an operator's screen, and stands in no log.
    token = mailed(sent).rpartition("/")[2]
    log = console.get(f"/console/workspaces/{workspace.public_id}").text
    assert REASON in log
    assert token not in log
    browser = scene.browser
    assert choose(browser, mailed(sent)).status_code == 303
    assert state(scene.acme, locked_out) == (False, False)
    entered = browser.submit("/login", {"login": locked_out, "password": NEW})
    assert entered.status_code == 303
    assert "step" not in entered.location
    # Once.
    assert browser.get(mailed(sent)).status_code == 410


def test_both_logs_say_who_and_why_and_the_person_is_told(acme, workspace, locked_out, sent, work):
    operator = make_operator()
    ask(workspace, by=operator)
    entry = (
        control_session()
        .scalars(
            select(ControlAuditEntry).where(ControlAuditEntry.event == "workspace:way_back_asked")
        )
        .one()
    )
    assert (entry.actor_id, entry.details["reason"]) == (operator.public_id, REASON)
    work()
    with workspace_scope(acme):
        user = queries.find_by_login(locked_out)
        entry = next(one for one in log_of(user.public_id) if one.event == "user:way_back_opened")
        assert (entry.actor_kind, entry.actor_name) == ("operator", operator.name)
        assert entry.details == {"reason": REASON}
        accounts.run_jobs()
        assert any("platform operator" in one.body or "平台" in one.body for one in sent())
        session().rollback()


def test_it_expires_after_a_day(scene):
    link = scene.opened()
    with clock.moved(clock.now() + timedelta(hours=23, minutes=59)):
        assert scene.browser.get(link).status_code == 200
    with clock.moved(clock.now() + timedelta(hours=24, seconds=1)):
        assert scene.browser.get(link).status_code == 410
    assert state(scene.acme, scene.name) == (True, True)


def test_it_opens_no_other_workspace(scene, client, rival):
    link = scene.opened()
    stranger = client.at(rival)
    assert stranger.get(link).status_code == 410
    data = {"csrf_token": stranger.token("/login"), "password": NEW, "again": NEW}
    assert stranger.post(link, data=data).status_code == 410
    assert state(scene.acme, scene.name) == (True, True)
    assert client.at(scene.acme).get(link).status_code == 200


def test_a_newer_link_ends_the_one_before(scene):
    first, second = scene.opened(), scene.opened()
    assert first != second
    assert scene.browser.get(first).status_code == 410
    assert scene.browser.get(second).status_code == 200


def test_a_mail_that_did_not_leave_brings_the_same_link(scene, settings):
    ask(scene.workspace)
    settings(MAIL_URL="smtp://127.0.0.1:9")
    assert JobState.DONE not in scene.work()
    settings(MAIL_URL="files:")
    with apart(None) as control:
        control.execute(update(control_outbox).values(run_at=clock.now()))
    assert scene.work() == [JobState.DONE]
    with workspace_scope(scene.acme):
        assert len(session().scalars(select(PasswordReset)).all()) == 1
        session().rollback()
    assert mailed(scene.sent)


def test_it_is_worth_nothing_once_there_is_another_administrator(scene):
    link = scene.opened()
    with workspace_scope(scene.acme):
        accounts.make_user(roles=[accounts.role("administrator")])
        session().commit()
    assert choose(scene.browser, link).status_code == 422
    assert state(scene.acme, scene.name) == (True, True)


def test_other_administrators_are_asked_first(acme, workspace, signup):
    with workspace_scope(acme):
        accounts.make_user(roles=[accounts.role("administrator")])
        session().commit()
    with pytest.raises(Refused, match="other administrators"):
        ask(workspace)


def test_an_operator_without_the_right_is_refused(scene, console, app):
    workspace, work = scene.workspace, scene.work
    told = app.test_cli_runner().invoke(args=["operator-way-back", OPERATOR_EMAIL, "--no"]).output
    assert "may not" in told
    assert address(workspace) not in console.get(f"/console/workspaces/{workspace.public_id}").text
    assert console.get(address(workspace)).status_code == 403
    token = console.token("/console/account")
    assert console.post(address(workspace), data=form(csrf_token=token)).status_code == 403
    operator = control_session().scalars(select(Operator)).one()
    with pytest.raises(Forbidden):
        ask(workspace, by=operator)
    assert work() == []
    assert services.allow_way_back(OPERATOR_EMAIL, allowed=True)
    assert not services.allow_way_back("nobody@example.com", allowed=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"own": "wrong-Password-1"}, "密码不正确"),
        ({"own": ""}, "必填"),
        ({"reason": ""}, "必填"),
        ({"confirm": "rival"}, "acme"),
    ],
)
def test_bad_input_opens_nothing(scene, console, change, sentence):
    answer = console.submit(address(scene.workspace), form(**change))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert change.get("reason", REASON) in answer.text
    assert scene.work() == []


def test_wrong_passwords_lock_the_operator(workspace, locked_out):
    operator = make_operator()
    for _each in range(services.TRIES):
        with pytest.raises(Refused):
            ask(workspace, by=operator, own="wrong-Password-1")
    with pytest.raises(Refused):
        ask(workspace, by=operator)


def test_a_workspace_without_a_proven_address_is_refused(workspace):
    with pytest.raises(Refused, match="proved a mail address"):
        ask(workspace)


def test_strangers_and_people_of_the_workspace_do_not_find_the_page(client, acme, workspace):
    assert client.at("console").get(address(workspace)).status_code in {302, 303}
    with workspace_scope(acme):
        inside = accounts.signed_in(client, accounts.owner())
    assert inside.get(address(workspace)).status_code == 404
