"""From the form to the first log-in, with real commits, real mail and the real provisioner."""

import dataclasses
import email
import os
import socket
import threading
from collections.abc import Iterator
from email.policy import default as policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, text

from control.console.services import ensure_operator
from control.provisioning import services as provisioning
from control.provisioning.models import Build, BuildState
from control.provisioning.process import migrator_engines, provision_one, upkeep
from control.signup.models import Signup
from control.signup.services import Visitor, submit_signup, verify_signup
from control.workspaces import directory as directories
from control.workspaces.directory import directory
from control.workspaces.models import Workspace, WorkspaceState
from kit import crypto
from kit.db import apart, control_session, control_transaction
from kit.errors import Misconfigured, Refused
from kit.mail import Message
from kit.settings import get_settings
from tests.control.conftest import link_in
from tests.control.test_signup_pages import hidden
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_signup, new_signup
from wsgi import tenant_plane

pytestmark = pytest.mark.real_commits


class Mailbox:
    """What an SMTP server received."""

    def __init__(self) -> None:
        self.messages: list[email.message.EmailMessage] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: ARG002, N802
        self.messages.append(email.message_from_bytes(envelope.content, policy=policy))
        return "250 OK"


@pytest.fixture
def mailbox(monkeypatch) -> Iterator[Mailbox]:
    """A real SMTP server on this machine, that the application is told to use."""
    received = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(received, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("MAIL_URL", f"smtp://127.0.0.1:{port}")
    get_settings.cache_clear()
    yield received
    server.stop()
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def engines(committed_app):
    made = migrator_engines()
    yield made
    for engine in made.values():
        engine.dispose()


def build_next(engines) -> bool:
    done = provision_one(tenant_plane(), engines)
    control_session().expire_all()
    return done


def test_from_the_form_to_the_first_log_in(committed_app, mailbox, engines, work):
    site = committed_app.test_client().at("")
    review = site.submit(
        "/signup",
        {
            "company": "广州山海通信有限公司",
            "address": "shanhai",
            "contact_name": "李山海",
            "username": "shanhai_li",
            "email": "li@shanhai-tx.com",
            "phone": "13900139000",
            "password": PASSWORD,
            "confirm": PASSWORD,
            "purpose": "resell",
            "contact_role": "owner",
            "service_type": "guided",
            "terms": "y",
        },
    )
    submitted = site.post("/signup/submit", data=hidden(review))
    assert submitted.status_code == 303
    work()
    (mail,) = mailbox.messages
    assert mail["To"] == "li@shanhai-tx.com"
    assert mail["Message-ID"].endswith("@simtree.test>")
    body = mail.get_content()
    path = link_in(Message("mail", "", "", body, "", ""))

    pressed = site.submit(path, {})
    steps = pressed.location.replace("progress", "steps")
    fragment = {"HX-Request": "true"}
    assert "every 1s" in site.get(steps, headers=fragment).text
    visitor = committed_app.test_client().at("shanhai")
    assert visitor.get("/login").status_code == 404

    assert build_next(engines)
    assert not build_next(engines)
    ready = site.get(steps, headers=fragment)
    assert ready.headers["HX-Redirect"] == "http://shanhai.simtree.test/login"
    assert "every 1s" not in ready.text
    directory.forget()
    assert visitor.get("/login").status_code == 200
    inside = visitor.submit("/login", {"login": "shanhai_li", "password": PASSWORD})
    assert inside.status_code == 303
    assert visitor.get(inside.location).status_code == 200

    build = control_session().scalars(select(Build).order_by(Build.id.desc())).first()
    assert (build.state, build.step, build.owner) == (BuildState.DONE, 4, "")
    upkeep()
    control_session().expire_all()
    workspace = build.workspace
    assert workspace.state == WorkspaceState.TRIAL
    assert workspace.size_bytes > 100_000
    assert workspace.last_active_at is not None


def verified_signup(token: str) -> Signup:
    signup = make_signup(address="shanhai")
    with control_transaction():
        signup.token_digest = crypto.digest(token)
    return verify_signup(token, by=Visitor())


def test_a_build_that_fails_leaves_nothing_and_is_tried_again(committed_app, engines):
    signup = verified_signup("first")
    workspace = control_session().get(Workspace, signup.workspace_id)
    plane = tenant_plane()

    def broken(*_):
        raise ValueError("no seed today")

    bad = dataclasses.replace(plane, seed=broken)
    for attempt in range(1, provisioning.TRIES + 1):
        with apart(None) as control:
            control.execute(text("UPDATE builds SET run_at = now() WHERE state = 'queued'"))
        assert provision_one(bad, engines)
        control_session().expire_all()
        build = (
            control_session().scalars(select(Build).where(Build.workspace_id == workspace.id)).one()
        )
        assert build.attempts == attempt
        assert build.error == "ValueError (broken)"
        with apart("main", role="simtree_control") as cell:
            found = cell.scalar(
                text("SELECT count(*) FROM pg_namespace WHERE nspname = :s"),
                {"s": workspace.schema},
            )
        assert found == 0
    assert build.state == BuildState.FAILED
    site = committed_app.test_client().at("")
    assert "开通失败" in site.get(f"/signup/{signup.public_id}/progress").text
    operator_retries(committed_app, build)
    assert build_next(engines)
    assert "every 1s" not in site.get(f"/signup/{signup.public_id}/progress").text
    control_session().expire_all()
    assert build.state == BuildState.DONE


def operator_retries(app, build) -> None:
    ensure_operator(email=OPERATOR_EMAIL, password=PASSWORD)
    console = app.test_client().at("console")
    console.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    token = console.token("/console/account")
    path = f"/console/builds/{build.public_id}/retry"
    assert console.post(path, data={"csrf_token": token}).status_code == 303


def test_suspension_is_seen_at_the_workspace_within_the_directory_s_time(
    committed_app, monkeypatch
):
    moment = [1000.0]
    monkeypatch.setattr(directories, "monotonic", lambda: moment[0])
    visitor = committed_app.test_client().at("acme")
    assert visitor.get("/login").status_code == 200
    # Another process suspends it: what this one knows of the workspace is not dropped.
    with apart(None) as control:
        control.execute(
            text(
                "UPDATE workspaces SET state = 'suspended', suspended_from = 'trial',"
                " suspended_reason = '欠费' WHERE address = 'acme'"
            )
        )
    assert visitor.get("/login").status_code == 200
    moment[0] += directories.FRESH
    shut = visitor.get("/login")
    assert shut.status_code == 503
    assert "欠费" in shut.text
    with apart(None) as control:
        control.execute(
            text(
                "UPDATE workspaces SET state = 'trial', suspended_from = NULL,"
                " suspended_reason = NULL WHERE address = 'acme'"
            )
        )
    moment[0] += directories.FRESH
    assert visitor.get("/login").status_code == 200


def test_two_submissions_at_once_are_one_signup(committed_app):
    details = new_signup(address="shanhai")
    ended: list[object] = []

    def submit(submission: str) -> None:
        with committed_app.app_context():
            try:
                signup = submit_signup(
                    details, submission=submission, ip_address=None, by=Visitor()
                )
                ended.append(signup.public_id)
            except Refused as refusal:
                ended.append(refusal.field)

    threads = [
        threading.Thread(target=submit, args=(name,))
        for name in ("same-submission-1", "same-submission-1", "another-one-2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with apart(None) as control:
        entered = control.scalars(select(Signup.submission)).all()
    assert len(entered) == 1
    refused = [one for one in ended if one == "address"]
    assert len(refused) in {1, 2}


def test_the_first_operator_comes_from_the_environment(committed_app, monkeypatch):
    runner = committed_app.test_cli_runner()
    asked = runner.invoke(args=["operator"])
    assert isinstance(asked.exception, Misconfigured)
    monkeypatch.setenv("OPERATOR_EMAIL", OPERATOR_EMAIL)
    monkeypatch.setenv("OPERATOR_PASSWORD", PASSWORD)
    get_settings.cache_clear()
    assert "was made" in runner.invoke(args=["operator"]).output
    assert "there already" in runner.invoke(args=["operator"]).output
    monkeypatch.setenv("OPERATOR_EMAIL", "nobody")
    get_settings.cache_clear()
    assert isinstance(runner.invoke(args=["operator"]).exception, Misconfigured)
    assert "2 workspaces" in runner.invoke(args=["tenants", "measure"]).output
    assert "0 sign-ups" in runner.invoke(args=["tenants", "purge-signups"]).output
    monkeypatch.undo()
    get_settings.cache_clear()
    assert os.environ.get("OPERATOR_EMAIL") is None
