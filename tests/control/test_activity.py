"""Activity of a workspace is noted when people work in it, not when strangers look."""

import pytest
from sqlalchemy import select

from control.workspaces import services
from control.workspaces.models import Workspace
from kit.db import control_session
from tests.factories import accounts


@pytest.fixture(autouse=True)
def _nobody_was_here():
    services._touched.clear()


def last_active(workspace):
    control_session().expire_all()
    return control_session().scalar(
        select(Workspace.last_active_at).where(Workspace.schema == workspace.schema)
    )


def test_a_person_at_work_is_noted(in_acme, rival, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert last_active(in_acme) is None
    assert browser.get("/home/").status_code == 200
    assert last_active(in_acme) is not None
    assert last_active(rival) is None


def test_a_stranger_at_the_door_is_not(in_acme, client):
    browser = client.at(in_acme)
    browser.get("/login")
    browser.get("/nowhere")
    browser.get("/static/css/simtree.css").close()
    assert last_active(in_acme) is None


def test_a_control_plane_that_does_not_answer_stops_nobody(in_acme, client, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def silent(_):
        raise OperationalError("connect", {}, Exception())

    monkeypatch.setattr(services, "apart", silent)
    services.touch(in_acme)
    assert services._touched
