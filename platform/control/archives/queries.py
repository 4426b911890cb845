"""Questions about archives: find one, those of a workspace, where the file is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from control.archives.models import Archive, ArchiveState, ArchiveWay
from control.workspaces.models import Workspace
from kit import clock, crypto
from kit.db import control_session
from kit.settings import get_settings


def path_of(archive: Archive) -> Path:
    """Return where an archive's file is, or will be."""
    return get_settings().data_dir / "archives" / f"{archive.public_id}.simtree"


def find_archive(public_id: str) -> Archive | None:
    """Return an archive by its public id, or None."""
    return (
        control_session()
        .scalars(
            select(Archive)
            .where(Archive.public_id == public_id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def archive_behind(token: str) -> Archive | None:
    """Return the archive that a mailed link leads to, while it may be used; None otherwise."""
    return (
        control_session()
        .scalars(
            select(Archive)
            .where(
                Archive.link_digest == crypto.digest(token),
                Archive.expires_at > clock.now(),
                Archive.state != ArchiveState.EXPIRED,
            )
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def exports_of(workspace_id: int, *, limit: int = 20) -> Sequence[Archive]:
    """Return a workspace's newest exports."""
    return (
        control_session()
        .scalars(
            select(Archive)
            .where(Archive.workspace_id == workspace_id, Archive.way == ArchiveWay.EXPORT)
            .order_by(Archive.id.desc())
            .limit(limit)
        )
        .all()
    )


def may_download(archive: Archive) -> bool:
    """Tell whether an archive's file is there to be fetched."""
    return archive.state == ArchiveState.READY and archive.expires_at > clock.now()


def facts_of(workspace: Workspace) -> dict[str, Any]:
    """Return what is public of a workspace, for a manifest."""
    return {
        "public_id": workspace.public_id,
        "name": workspace.name,
        "address": workspace.address,
        "timezone": workspace.timezone,
        "currency": workspace.currency,
        "locale": workspace.locale,
        "created_at": workspace.created_at.isoformat(),
    }
