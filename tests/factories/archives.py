"""Archives in the control plane, with whatever bytes as their file."""

from datetime import timedelta

from control.archives.models import Archive, ArchiveState, ArchiveWay
from control.archives.queries import path_of
from kit import clock
from kit.db import control_transaction


def make_archive(
    workspace_id: int, *, content: bytes = b"sealed", state: str = ArchiveState.READY
) -> Archive:
    with control_transaction() as control:
        archive = Archive(
            workspace_id=workspace_id,
            way=ArchiveWay.EXPORT,
            state=state,
            file_name="acme.simtree",
            size=len(content),
            facts={"rows": 7, "files": 1, "tables": 30, "revision": "0010"},
            expires_at=clock.now() + timedelta(days=7),
            actor_kind="system",
            actor_id="",
            actor_name="system",
        )
        control.add(archive)
        control.flush()
        path = path_of(archive)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return archive
