"""Mail that was sent, and background work of control."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from kit import clock, mail
from kit.db import apart, control_session
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, control_outbox
from kit.settings import get_settings


@pytest.fixture
def sent(data_dir: str) -> Callable[[], list[mail.Message]]:
    """The messages of this test, newest first."""
    shutil.rmtree(Path(data_dir) / "messages", ignore_errors=True)
    return mail.kept


def do_work() -> list[JobState | None]:
    """Do the control plane's due background work here and now; return how each piece ended."""
    with apart(None) as control:
        due = control.scalars(
            select(control_outbox.c.id)
            .where(
                control_outbox.c.state == JobState.WAITING,
                control_outbox.c.run_at <= clock.now(),
            )
            .order_by(control_outbox.c.created_at)
        ).all()
    ended = [perform(registry.get, Place(None), None, job_id) for job_id in due]
    control_session().expire_all()
    return ended


@pytest.fixture
def work() -> Callable[[], list[JobState | None]]:
    """Do the control plane's due background work when a test says so."""
    return do_work


def link_in(message: mail.Message) -> str:
    """Return the path of the first link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S*)", message.body)
    assert found, message.body
    return found[1]


@pytest.fixture
def settings(monkeypatch):
    """Change settings for a test."""

    def change(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    yield change
    monkeypatch.undo()
    get_settings.cache_clear()
