"""An operator at the console's billing pages."""

import pytest
from sqlalchemy import select

from kit.audit import ControlAuditEntry
from kit.db import control_session
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator


@pytest.fixture
def stranger(client):
    """A browser at the console in which nobody is logged in."""
    make_operator()
    return client.at("console")


@pytest.fixture
def console(stranger):
    """A browser in which an operator is logged in."""
    data = {"email": OPERATOR_EMAIL, "password": PASSWORD}
    assert stranger.submit("/console/login", data).status_code == 303
    return stranger


@pytest.fixture
def press(console):
    """Press a button of a page: send a form that has nothing but its token."""

    def go(path, *, on, **data):
        token = console.token(on)
        return console.post(path, data={"csrf_token": token, **data})

    return go


@pytest.fixture
def logged(db):
    """Return the names of the events that the log has, oldest first, of one subject if named."""

    def read(subject=None):
        statement = select(ControlAuditEntry.event).order_by(ControlAuditEntry.id)
        if subject is not None:
            statement = statement.where(ControlAuditEntry.subject_id == subject.public_id)
        return list(control_session().scalars(statement))

    return read
