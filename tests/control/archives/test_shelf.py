"""Archives that the operator's schedule writes, one of each workspace and day."""

import pytest
from sqlalchemy import select

from control.archives import container
from control.archives.reading import open_archive
from control.backups.archives import write_due
from control.workspaces.models import Workspace
from kit.db import control_session
from kit.errors import Refused
from tests.control.archives.conftest import PASSPHRASE

pytestmark = pytest.mark.real_commits


def test_nothing_is_written_without_a_passphrase(stage, settings, tmp_path):
    settings(ARCHIVE_PASSPHRASE="")
    with pytest.raises(Refused, match="ARCHIVE_PASSPHRASE"):
        write_due(stage.plane, tmp_path, say=print)
    assert not list(tmp_path.iterdir())


def test_each_workspace_has_one_a_day_and_a_failed_one_stops_none(stage, settings, tmp_path):
    settings(ARCHIVE_PASSPHRASE=PASSPHRASE)
    schemas = control_session().scalars(select(Workspace.schema).order_by(Workspace.id)).all()
    assert len(schemas) == 2
    (tmp_path / schemas[0]).write_text("in the way")
    said: list[str] = []
    assert not write_due(stage.plane, tmp_path, say=said.append)
    assert said[0] == f"{schemas[0]}: FileExistsError"
    (path,) = [one for one in tmp_path.rglob("*.simtree") if one.is_file()]
    with path.open("rb") as stream:
        master = container.read_header(stream).master(PASSPHRASE)
    with open_archive(path, master, stage.plane, name=path.name) as archive:
        assert archive.manifest["tables"]["users"]["rows"]
    (tmp_path / schemas[0]).unlink()
    whole = path.read_bytes()
    assert write_due(stage.plane, tmp_path, say=said.append)
    assert said[-1].startswith("1 archives of")
    assert path.read_bytes() == whole
