"""Proving the mail address of a sign-up."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from control.provisioning.models import Build, BuildState
from control.signup import queries, services
from control.signup.models import SignupState
from control.signup.services import Visitor, verify_signup
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock
from kit.db import control_session
from kit.errors import Missing, Refused
from kit.security import check_password
from tests.control.conftest import link_in
from tests.factories.control import PASSWORD, make_signup


@pytest.fixture
def token(db, sent, work):
    make_signup(address="shanhai")
    work()
    return link_in(sent()[0]).removeprefix("/signup/verify/")


def workspaces() -> int:
    return control_session().scalar(select(func.count()).select_from(Workspace))


def test_it_registers_the_workspace_and_queues_its_build(token):
    signup = verify_signup(token, by=Visitor())
    assert signup.state == SignupState.VERIFIED
    assert signup.password_hash is None
    workspace = control_session().get(Workspace, signup.workspace_id)
    assert (workspace.address, workspace.name) == ("shanhai", signup.company)
    assert workspace.state == WorkspaceState.PROVISIONING
    build = control_session().scalars(select(Build).where(Build.workspace_id == workspace.id)).one()
    owner = json.loads(build.owner)
    assert (owner["username"], owner["email"]) == (signup.username, signup.email)
    assert check_password(owner["password_hash"], PASSWORD)
    progress = queries.progress(signup)
    assert progress.state == BuildState.QUEUED
    assert progress.login_url == "http://shanhai.simtree.test/login"


def test_a_second_time_changes_nothing(token):
    first = verify_signup(token, by=Visitor())
    before = workspaces()
    assert verify_signup(token, by=Visitor()).workspace_id == first.workspace_id
    assert workspaces() == before


def test_a_wrong_token_leads_nowhere(token):
    with pytest.raises(Missing):
        verify_signup(token + "x", by=Visitor())
    assert queries.find_signup_by_token("nothing") is None


def test_a_day_later_it_is_refused_and_nothing_is_built(token):
    before = workspaces()
    with clock.moved(clock.now() + timedelta(hours=24, seconds=1)), pytest.raises(Refused):
        verify_signup(token, by=Visitor())
    assert workspaces() == before
    assert queries.find_signup_by_token(token).state == SignupState.SUBMITTED


def test_it_refuses_an_address_that_was_given_away_meanwhile(token):
    from control.workspaces.services import register_workspace

    register_workspace(name="x", address="shanhai", locale="en", by=audit.SYSTEM)
    before = workspaces()
    with pytest.raises(Refused):
        verify_signup(token, by=Visitor())
    assert workspaces() == before


def test_it_can_be_started_again_with_what_was_typed(token):
    signup = queries.find_signup_by_token(token)
    again = services.details_of(signup)
    assert (again.company, again.email) == (signup.company, signup.email)
    assert queries.progress(signup) is None
