"""Three lines of revisions, numbered, explained, in step with the models."""

import re

import pytest
from sqlalchemy import create_engine

from control.provisioning.revise import scratch_schema
from kit.db import control_metadata, tenant_metadata
from kit.db.engine import driver_url
from kit.db.migrating import LINES, ROOT, differences, directory, render, revisions
from kit.settings import get_settings


@pytest.fixture
def migrator(app):
    engine = create_engine(driver_url(get_settings().migrator_url()))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("line", LINES)
def test_revisions_are_numbered_without_gaps(line):
    files = sorted(path.name for path in (ROOT / line).glob("*.py"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_one_head(line):
    assert len(directory(line).get_heads()) == 1


@pytest.mark.parametrize("line", LINES)
def test_every_revision_says_why(line):
    assert all(len(revision.title) >= 10 for revision in revisions(line))


@pytest.mark.parametrize("line", LINES)
def test_every_revision_goes_down_too(line):
    for script in directory(line).walk_revisions():
        assert render(script.module, "downgrade").strip()


def test_the_tenant_line_is_in_step_with_the_models(migrator):
    with migrator.connect() as connection, connection.begin() as outer:
        scratch_schema(connection)
        found = differences(connection, tenant_metadata, None)
        outer.rollback()
    assert not found


def test_the_control_line_is_in_step_with_the_models(migrator):
    with migrator.connect() as connection:
        assert not differences(connection, control_metadata, "control")
