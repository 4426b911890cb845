"""The page about the workspace as a whole: who may export and close it, and with what proof."""

import pytest
from sqlalchemy import func, select

from control.archives import container
from control.archives.models import Archive, ArchiveState
from control.workspaces.models import Workspace, WorkspaceState
from kit.audit import AuditEntry, ControlAuditEntry
from kit.db import control_session, session
from kit.jobs.tables import cell_outbox
from tests.factories.accounts import PASSWORD, make_user, owner, signed_in
from tests.factories.archives import make_archive

PASSPHRASE = "a long passphrase"
FORM = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "password": PASSWORD}


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(container.master_key, "__kwdefaults__", {"cost": 1 << 10, "r": 8, "p": 1})


@pytest.fixture
def office(in_acme, client):
    return signed_in(client, owner())


def events() -> list[str]:
    session().expire_all()
    return list(session().scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


def workspace(in_acme) -> Workspace:
    control_session().expire_all()
    return control_session().get_one(Workspace, in_acme.id)


def archives() -> int:
    return control_session().scalar(select(func.count()).select_from(Archive)) or 0


def test_an_export_is_asked_for_with_the_password(in_acme, office):
    answer = office.submit("/settings/workspace/exports/new", FORM)
    assert answer.status_code == 303
    shown = office.get("/settings/workspace/").text
    assert "等待" in shown
    assert "delay:2s" in shown
    (body,) = session().scalars(
        select(cell_outbox.c.body).where(cell_outbox.c.kind == "archive.make")
    )
    (archive,) = control_session().scalars(select(Archive))
    assert body == {"archive_id": archive.public_id}
    assert archive.state == ArchiveState.QUEUED
    assert archive.actor_name == owner().name
    # What is kept opens nothing without the master key, and is not the passphrase.
    assert PASSPHRASE.encode() not in archive.key_cipher
    assert events()[-2:] == ["user:proved", "workspace:exported"]
    second = office.submit("/settings/workspace/exports/new", FORM)
    assert second.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "Wrong-pass-1"},
        {"again": "another passphrase"},
        {"passphrase": "short", "again": "short"},
    ],
)
def test_wrong_input_makes_nothing(office, wrong):
    answer = office.submit("/settings/workspace/exports/new", FORM | wrong)
    assert answer.status_code == 422
    assert PASSPHRASE not in answer.text
    assert archives() == 0


@pytest.mark.parametrize("path", ["", "exports", "exports/new", "close"])
def test_a_colleague_without_the_right_is_kept_out(in_acme, client, path):
    browser = signed_in(client, make_user())
    assert browser.get(f"/settings/workspace/{path}").status_code == 403


def test_a_ready_archive_is_fetched_and_each_time_is_logged(in_acme, office, rival):
    archive = make_archive(in_acme.id, content=b"sealed")
    path = f"/settings/workspace/exports/{archive.public_id}/archive"
    with office.get(path) as answer:
        assert answer.data == b"sealed"
        assert "no-store" in answer.headers["Cache-Control"]
    assert events()[-1] == "workspace:export_fetched"
    others = make_archive(rival.id, content=b"theirs")
    gone = make_archive(in_acme.id, content=b"old", state=ArchiveState.EXPIRED)
    for each in (others, gone):
        path = f"/settings/workspace/exports/{each.public_id}/archive"
        assert office.get(path).status_code == 404


def test_it_is_closed_with_name_and_password_and_kept_after_all(in_acme, office):
    form = {"reason": "停业", "confirm": in_acme.name, "password": PASSWORD}
    path = "/settings/workspace/close"
    for wrong in ({"confirm": "Acme"}, {"password": "Wrong-pass-1"}, {"reason": ""}):
        assert office.submit(path, form | wrong).status_code == 422
    assert workspace(in_acme).state == WorkspaceState.TRIAL
    assert office.submit(path, form).status_code == 303
    assert workspace(in_acme).state == WorkspaceState.CLOSING
    page = office.get("/settings/workspace/")
    assert "将于" in page.text
    assert office.get("/customers/").status_code == 200
    # Read-only from now on, but an export can still be made, and the closing taken back.
    assert office.submit("/settings/workspace/exports/new", FORM).status_code == 303
    token = office.token("/settings/workspace/")
    kept = office.post("/settings/workspace/keep", data={"csrf_token": token})
    assert kept.status_code == 303
    assert workspace(in_acme).state == WorkspaceState.TRIAL
    assert {"workspace:closing_asked", "workspace:closing_taken_back"} <= set(events())


def test_the_owner_chooses_the_time_zone(in_acme, office, client):
    assert "/settings/workspace/zone" in office.get("/settings/profile").text
    refused = office.submit("/settings/workspace/zone", {"timezone": "Mars/Olympus"})
    assert refused.status_code == 422
    answer = office.submit("/settings/workspace/zone", {"timezone": "Asia/Tokyo"})
    assert answer.status_code == 303
    assert workspace(in_acme).timezone == "Asia/Tokyo"
    assert events()[-1] == "workspace:timezone_chosen"
    (noted,) = control_session().scalars(
        select(ControlAuditEntry).where(ControlAuditEntry.event == "workspace:timezone")
    )
    assert noted.details == {"before": "Asia/Shanghai", "after": "Asia/Tokyo"}
    assert "东京" in office.get("/settings/workspace/zone").text
    colleague = signed_in(client, make_user())
    assert colleague.get("/settings/workspace/zone").status_code in {403, 404}
