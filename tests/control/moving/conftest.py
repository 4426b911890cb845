"""Cells to move between, and a workspace with one thing of every kind in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from control.operations import services as operations
from control.operations.models import Operation
from control.operations.process import operate_one
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from kit import audit, tenancy
from kit.db import control_session, workspace_scope
from kit.i18n import speaking
from tests.cells import Cells, build, three_cells
from tests.factories.world import make_world
from wsgi import tenant_plane

__all__ = ["operations"]


@pytest.fixture(scope="module")
def cells(app, tmp_path_factory) -> Iterator[Cells]:
    with (
        three_cells(tmp_path_factory.mktemp("cells")) as made,
        made.app.app_context(),
        speaking("en"),
    ):
        yield made


@pytest.fixture(scope="module")
def hill(cells) -> str:
    """The schema of a workspace that has something in nearly every table."""
    schema = build(cells, "hill")
    with workspace_scope(tenant(schema)):
        make_world()
    return schema


def tenant(schema: str) -> tenancy.Workspace:
    directory.forget()
    found = directory.by_schema(schema)
    assert found is not None
    return found


def workspace(schema: str) -> Workspace:
    control_session().expire_all()
    return control_session().scalars(select(Workspace).where(Workspace.schema == schema)).one()


def operate(cells: Cells) -> Operation:
    """Do the next operation here and now; return it as it is afterwards."""
    assert operate_one(tenant_plane(), cells.engines)
    control_session().expire_all()
    return (
        control_session()
        .scalars(select(Operation).order_by(Operation.id.desc()).limit(1))
        .one()
    )


BY = audit.SYSTEM
