"""What goes on when control, a cell or room is missing."""

import base64

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import ServiceUnavailable

from control.console import queries as console
from control.provisioning import process
from control.provisioning.process import run_provisioner
from control.signup import draft
from control.workspaces import directory as directories
from control.workspaces import queries, services
from control.workspaces.directory import Directory
from control.workspaces.models import Workspace
from kit import audit, crypto
from kit.db import apart, control_session
from kit.errors import Refused
from kit.settings import get_settings
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator, new_signup
from wsgi import tenant_plane


def silent(*_args, **_options):
    raise OperationalError("connect", {}, Exception())


@pytest.fixture
def moment(monkeypatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(directories, "monotonic", lambda: now[0])
    return now


def test_a_workspace_is_served_stale_for_ten_minutes(acme, moment, monkeypatch):
    known = Directory()
    assert known.by_schema(acme.schema) == acme
    monkeypatch.setattr(directories, "apart", silent)
    moment[0] += 4.9
    assert known.by_schema(acme.schema) == acme
    moment[0] += 590
    assert known.by_schema(acme.schema) == acme
    moment[0] += 10
    with pytest.raises(OperationalError):
        known.by_schema(acme.schema)
    with pytest.raises(OperationalError):
        known.by_address("rival")


def test_what_is_known_does_not_grow_for_ever(acme, monkeypatch):
    monkeypatch.setattr(directories, "_LIMIT", 2)
    known = Directory()
    for address in ("a", "b", "c", "acme"):
        known.by_address(address)
    assert len(known._known) <= 2
    assert known.by_address("acme") == acme


def test_a_full_installation_takes_no_more(db, monkeypatch):
    monkeypatch.setenv("CELL_CAPACITY", "2")
    get_settings.cache_clear()
    before = control_session().scalar(select(func.count()).select_from(Workspace))
    try:
        with pytest.raises(Refused):
            services.register_workspace(name="x", address="xyz", locale="en", by=audit.SYSTEM)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert control_session().scalar(select(func.count()).select_from(Workspace)) == before


def test_opening_twice_changes_nothing(acme):
    workspace = control_session().get(Workspace, acme.id)
    before = workspace.version
    services.open_workspace(workspace, revision="0001", by=audit.SYSTEM)
    assert workspace.version == before


def test_a_cell_that_does_not_answer_is_measured_next_time(acme, monkeypatch):
    monkeypatch.setattr(queries, "sizes", silent)
    assert services.measure_sizes() == 0


def test_the_console_says_which_cell_does_not_answer(db, client, monkeypatch):
    make_operator()
    browser = client.at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})

    def only_control(cell, **options):
        return silent() if cell == "main" else apart(cell, **options)

    monkeypatch.setattr(console, "apart", only_control)
    assert "无响应" in browser.get("/console/work").text


def test_messages_are_no_page_in_production(db, client, monkeypatch):
    make_operator()
    browser = client.at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    monkeypatch.setenv("ENVIRONMENT", "production")
    get_settings.cache_clear()
    try:
        assert browser.get("/console/messages").status_code == 404
        assert "/console/messages" not in browser.get("/console/builds").text
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_other_unavailability_is_maintenance(app, db):
    with app.test_request_context(base_url="http://simtree.test"):
        response = app.handle_user_exception(ServiceUnavailable())
    assert response.status_code == 503
    assert "We will be back in a moment" in response.get_data(as_text=True)


def test_a_draft_of_another_release_is_not_read(db):
    submission = "s" * 32
    sealed = draft.seal(new_signup(), submission=submission)
    assert draft.unseal(sealed, submission=submission) is not None
    old = crypto.encrypt(
        '{"at": "2999-01-01T00:00:00+00:00", "company": "x", "fax": "1"}',
        label=draft.DRAFT,
        public_id=submission,
    )
    text = base64.urlsafe_b64encode(old).decode()
    assert draft.unseal(text, submission=submission) is None
    assert draft.unseal(None, submission=submission) is None


def test_the_provisioner_goes_on_after_a_failure(app, db, monkeypatch):
    rounds = iter([False, False, False, True])
    kept_up: list[bool] = []
    answers = iter([True, silent, False])

    def next_build(*_):
        answer = next(answers)
        return answer() if callable(answer) else answer

    monkeypatch.setattr(process, "provision_one", next_build)
    monkeypatch.setattr(process, "upkeep", lambda _engines: kept_up.append(True))
    monkeypatch.setattr(process, "wait", lambda *_, **__: None)
    run_provisioner(app, tenant_plane(), stopped=lambda: next(rounds))
    assert kept_up == [True]
