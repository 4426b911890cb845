"""Fetch the workspace's own archives; what belongs to another is Missing (404)."""

from control.archives.models import Archive, ArchiveWay
from control.archives.queries import find_archive, may_download
from kit import tenancy
from kit.errors import Missing


def export(public_id: str) -> Archive:
    """Return an export of this workspace that can be fetched; Missing for any other."""
    found = find_archive(public_id)
    if (
        found is None
        or found.workspace_id != tenancy.current().id
        or found.way != ArchiveWay.EXPORT
        or not may_download(found)
    ):
        raise Missing(public_id)
    return found
