"""Having forgotten workspaces sent."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from control.domains.services import ask_for_addresses
from control.signup.services import Visitor, verify_signup
from control.workspaces.models import Workspace
from control.workspaces.services import open_workspace
from kit import audit, clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.jobs.tables import control_outbox
from tests.control.conftest import link_in
from tests.factories.control import make_signup


@pytest.fixture
def verified(db, sent, work):
    """A sign-up whose workspace is open."""
    make_signup(address="shanhai")
    work()
    signup = verify_signup(link_in(sent()[0]).removeprefix("/signup/verify/"), by=Visitor())
    workspace = control_session().get(Workspace, signup.workspace_id)
    open_workspace(workspace, revision="0001", by=audit.SYSTEM)
    return signup


def asked_for(contact, sent, work):
    before = len(sent())
    ask_for_addresses(contact, by=Visitor())
    work()
    return sent()[: len(sent()) - before]


def test_it_answers_to_the_mail_address(verified, sent, work):
    (message,) = asked_for(verified.email.upper(), sent, work)
    assert message.recipient == verified.email
    assert "http://shanhai.simtree.test/" in message.body


def test_it_answers_a_number_to_the_proven_mail_address(verified, sent, work):
    (message,) = asked_for(verified.phone.removeprefix("+86"), sent, work)
    assert message.way == "mail"
    assert message.recipient == verified.email


def test_it_is_silent_about_strangers_and_the_unproven(verified, sent, work):
    unproven = make_signup()
    work()
    assert asked_for("stranger@example.com", sent, work) == []
    assert asked_for(unproven.email, sent, work) == []
    assert asked_for("13000000000", sent, work) == []


def test_it_is_silent_from_the_fourth_time_in_an_hour(verified, sent, work):
    for _ in range(3):
        assert asked_for(verified.email, sent, work)
    assert asked_for(verified.email, sent, work) == []
    with clock.moved(clock.now() + timedelta(minutes=61)):
        assert asked_for(verified.email, sent, work)


def test_it_refuses_what_is_neither(db):
    for nonsense in ("", "hello", "a@", "12"):
        with pytest.raises(Refused) as refusal:
            ask_for_addresses(nonsense, by=Visitor())
        assert refusal.value.field == "contact"
    assert control_session().scalar(select(func.count()).select_from(control_outbox)) == 0


def test_nothing_personal_is_written(verified):
    ask_for_addresses(verified.email, by=Visitor())
    control = control_session()
    bodies = json.dumps([*control.scalars(select(control_outbox.c.body))])
    log = control.execute(text("SELECT a::text FROM control.audit_entries a")).scalars().all()
    assert verified.email not in bodies + "".join(log)
    assert verified.phone not in bodies + "".join(log)


def test_each_mailbox_is_mailed_once(verified, sent, work):
    ask_for_addresses(verified.email, by=Visitor())
    work()
    (message, *_) = sent()
    with control_transaction() as control:
        control.execute(
            control_outbox.update()
            .where(control_outbox.c.kind == "domains.send_addresses")
            .values(state="waiting")
        )
    before = len(sent())
    work()
    assert len(sent()) == before
    assert message.recipient == verified.email
