"""The demonstration's workspace is built once, however often its building was stopped."""

import pytest
from sqlalchemy import select, update

from control.provisioning.models import Build
from control.workspaces.models import Workspace, WorkspaceState
from infra.demo import cli
from kit import clock
from kit.db import control_session, control_transaction
from tests.crash import killed_at
from wsgi import tenant_plane

pytestmark = pytest.mark.real_commits


def test_one_that_was_killed_half_way_is_built_on(module_app):
    plane = tenant_plane()
    killed_at("build.built", lambda: cli._provision(plane, cli.TRADING))
    with control_transaction() as control:
        # Its lease has ended.
        control.execute(update(Build).values(run_at=clock.now()))
    cli._provision(plane, cli.TRADING)
    cli._provision(plane, cli.TRADING)
    found = control_session().scalars(
        select(Workspace).where(Workspace.address == cli.TRADING.address)
    )
    assert [one.state for one in found] == [WorkspaceState.TRIAL]
