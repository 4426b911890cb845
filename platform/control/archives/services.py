"""Verbs on archives: have one made, offer one to an owner, bring one here, let one expire.

The passphrase is turned into a key at once and never leaves the request. What the work needs is
that key, kept wrapped on the archive's row, not in the outbox, and emptied when the work ends.
"""

import base64
import shutil
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, BinaryIO

from sqlalchemy import select

from control.archives import container, queries
from control.archives.models import OPEN, Archive, ArchiveState, ArchiveWay
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock, crypto, ids, jobs, tenancy
from kit.db import control_transaction, lock_row, transaction, workspace_scope
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

SHORTEST_PASSPHRASE = 12
LONGEST_PASSPHRASE = 200
# An archive that has not begun or shown life for so long is not being made by anybody.
LOST_AFTER = timedelta(hours=1)

ASKED = audit.Event.named("archive:asked", "archive")
OFFERED = audit.Event.named("archive:offered", "archive")
READY = audit.Event.named("archive:ready", "archive", "rows", "files")
FAILED = audit.Event.named("archive:failed", "archive", "error")
FETCHED = audit.Event.named("archive:fetched", "archive", "ip_address")
UPLOADED = audit.Event.named("archive:uploaded", "file_name")
EXPIRED = audit.Event.named("archive:expired", "archive")


def refuse_weak_passphrase(passphrase: str) -> None:
    """Raise Refused for a passphrase that could be guessed by trying, or is too long to type."""
    if len(passphrase) < SHORTEST_PASSPHRASE or len(set(passphrase)) < 6:
        raise Refused(
            _("The passphrase needs at least 12 characters, not all alike."), field="passphrase"
        )
    if len(passphrase) > LONGEST_PASSPHRASE:
        raise Refused(_("The passphrase is too long."), field="passphrase")


def ask_export(
    workspace: Workspace, *, passphrase: str, by: audit.Actor, offered: Archive | None = None
) -> Archive:
    """Have an archive of a workspace made, also of a read-only or suspended one.

    Refused for a weak passphrase, while another export runs, and for a workspace that is not
    built or is gone. `offered` is the archive of a mailed link, which becomes the one that is made.
    """
    refuse_weak_passphrase(passphrase)
    salt = container.new_salt()
    master = container.master_key(passphrase, salt)
    with control_transaction() as control:
        workspace = lock_row(workspace)
        _refuse_unbuilt(workspace)
        if control.scalar(
            select(Archive.id).where(
                Archive.workspace_id == workspace.id,
                Archive.state.in_(OPEN),
                Archive.way == ArchiveWay.EXPORT,
            )
        ):
            raise Refused(_("An export is being made already; wait until it has ended."))
        if offered is not None and lock_row(offered).state != ArchiveState.OFFERED:
            raise Refused(_("This link has been used."))
        archive = offered or _new(workspace, by=by)
        archive.state = ArchiveState.QUEUED
        archive.salt = salt
        archive.key = base64.b64encode(master).decode()
        control.add(archive)
        control.flush()
        audit.record_control(ASKED, workspace, by=by, archive=archive.public_id)
    _enqueue(workspace, archive)
    return archive


def _enqueue(workspace: Workspace, archive: Archive) -> None:
    from control.archives.jobs import make_export

    # In the workspace's own outbox, so that one exporting does not keep others waiting. Killed in
    # between, the archive is given up after an hour and can be asked for again.
    with ExitStack() as stack:
        served = tenancy.current_or_none()
        if served is None or served.schema != workspace.schema:
            stack.enter_context(workspace_scope(as_tenant(workspace)))
        stack.enter_context(transaction(even_read_only=True))
        jobs.enqueue(make_export, archive_id=archive.public_id)


def _refuse_unbuilt(workspace: Workspace) -> None:
    if workspace.state in {WorkspaceState.PROVISIONING, WorkspaceState.CLOSED}:
        raise Refused(_("There is nothing in this workspace to export."))


def _new(workspace: Workspace, *, by: audit.Actor) -> Archive:
    public_id = ids.new()
    return Archive(
        public_id=public_id,
        workspace_id=workspace.id,
        way=ArchiveWay.EXPORT,
        state=ArchiveState.QUEUED,
        file_name=f"{workspace.address}-{clock.now():%Y%m%d}-{public_id[-6:]}.simtree",
        facts={},
        expires_at=clock.now() + timedelta(days=get_settings().archive_days),
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
        actor_name=by.actor_name,
    )


def offer_export(workspace: Workspace, *, by: audit.Actor) -> Archive:
    """Mail the owner of a workspace, shut or not, a link that leads to an export of it.

    The owner chooses the passphrase behind that link, so that nobody here ever knows it. Refused
    where no proven mail address is known.
    """
    from control.archives.jobs import TOKEN, send_offer
    from control.closing.queries import owner_of

    with control_transaction() as control:
        _refuse_unbuilt(workspace)
        if owner_of(workspace.id) is None:
            raise Refused(_("No proven mail address of the owner is known here."))
        token = ids.secret()
        archive = _new(workspace, by=by)
        archive.state = ArchiveState.OFFERED
        archive.link_digest = crypto.digest(token)
        control.add(archive)
        control.flush()
        sealed = crypto.encrypt(token, label=TOKEN, public_id=archive.public_id)
        jobs.enqueue_control(
            send_offer,
            archive_id=archive.public_id,
            sealed=base64.b64encode(sealed).decode(),
        )
        audit.record_control(OFFERED, workspace, by=by, archive=archive.public_id)
        return archive


def bring(stream: BinaryIO, *, file_name: str, passphrase: str, by: audit.Actor) -> Archive:
    """Keep an uploaded archive with the key of its passphrase, to be restored.

    Refused at once when it is no archive or the passphrase is not its own; nothing is kept then.
    """
    from control.archives.reading import derive

    public_id = ids.new()
    archive = Archive(
        public_id=public_id,
        way=ArchiveWay.UPLOAD,
        state=ArchiveState.READY,
        file_name=file_name[:200] or "archive.simtree",
        facts={},
        ready_at=clock.now(),
        expires_at=clock.now() + timedelta(days=get_settings().archive_days),
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
        actor_name=by.actor_name,
    )
    path = queries.path_of(archive)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as kept:
            shutil.copyfileobj(stream, kept, 1 << 20)
        try:
            master = derive(path, passphrase, name=archive.file_name)
        except Refused as refusal:
            raise Refused(refusal, field="passphrase") from None
        archive.size = path.stat().st_size
        archive.key = base64.b64encode(master).decode()
        with control_transaction() as control:
            control.add(archive)
            control.flush()
            audit.record_control(UPLOADED, archive, by=by, file_name=archive.file_name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return archive


def bring_from_server(name: str, *, passphrase: str, by: audit.Actor) -> Archive:
    """Keep an archive that somebody has put into the folder for it on this server.

    Refused for a name that leads elsewhere, and as `bring` does.
    """
    folder = get_settings().data_dir / "archives" / "brought"
    path = folder / name
    if path.name != name or name.startswith(".") or not path.is_file() or path.is_symlink():
        raise Refused(_("There is no such file on the server."), field="on_server")
    with path.open("rb") as stream:
        return bring(stream, file_name=name, passphrase=passphrase, by=by)


def key_of(archive: Archive) -> bytes:
    """Return the key that an archive's row keeps for its work; Refused when it has been emptied."""
    if not archive.key:
        raise Refused(_("The key of this archive is no longer kept; give its passphrase again."))
    return base64.b64decode(archive.key)


def begin(archive: Archive) -> bool:
    """Note that an archive is being made; False when it has ended meanwhile."""
    with control_transaction():
        locked = lock_row(archive)
        if locked.state not in OPEN:
            return False
        locked.state = ArchiveState.MAKING
        return True


def end(archive: Archive, *, size: int, sha256: str, manifest: dict[str, Any]) -> None:
    """Note that an archive is there to be fetched; its key is emptied."""
    with control_transaction():
        locked = lock_row(archive)
        rows = sum(one["rows"] for one in manifest["tables"].values())
        locked.state = ArchiveState.READY
        locked.key = None
        locked.size, locked.sha256 = size, sha256
        locked.facts = {
            "rows": rows,
            "tables": len(manifest["tables"]),
            "files": len(manifest["files"]),
            "revision": manifest["revision"],
        }
        locked.ready_at = clock.now()
        locked.expires_at = clock.now() + timedelta(days=get_settings().archive_days)
        if locked.workspace is not None:
            audit.record_control(
                READY,
                locked.workspace,
                by=audit.SYSTEM,
                archive=locked.public_id,
                rows=rows,
                files=len(manifest["files"]),
            )


def give_up(archive: Archive, *, error: str) -> None:
    """Note that an archive could not be made; its key and what there is of its file go."""
    with control_transaction():
        locked = lock_row(archive)
        locked.state = ArchiveState.FAILED
        locked.key = None
        locked.error = error
        if locked.workspace is not None:
            audit.record_control(
                FAILED,
                locked.workspace,
                by=audit.SYSTEM,
                archive=locked.public_id,
                error=error,
            )
    queries.path_of(archive).unlink(missing_ok=True)


def forget_key(archive: Archive) -> None:
    """Empty the key of an uploaded archive once it has been restored or refused."""
    with control_transaction():
        lock_row(archive).key = None


def record_fetch(archive: Archive, *, by: audit.Actor, ip_address: str | None) -> None:
    """Log that somebody fetches an archive."""
    with control_transaction():
        subject = archive.workspace or archive
        audit.record_control(
            FETCHED, subject, by=by, archive=archive.public_id, ip_address=ip_address or ""
        )


def expire() -> int:
    """Delete archives whose time is over and give up lost ones; return how many."""
    with control_transaction() as control:
        over = control.scalars(
            select(Archive)
            .where(Archive.state != ArchiveState.EXPIRED, Archive.expires_at <= clock.now())
            .with_for_update(of=Archive, skip_locked=True)
        ).all()
        for archive in over:
            remove(archive)
        lost = control.scalars(
            select(Archive)
            .where(
                Archive.state == ArchiveState.QUEUED, Archive.created_at < clock.now() - LOST_AFTER
            )
            .with_for_update(of=Archive, skip_locked=True)
        ).all()
        for archive in lost:
            give_up(archive, error="lost")
        return len(over)


def remove(archive: Archive) -> None:
    """Delete an archive's file and key; its row stays, to show that there was one."""
    with control_transaction():
        locked = lock_row(archive)
        locked.state = ArchiveState.EXPIRED
        locked.key = None
        locked.link_digest = None
        queries.path_of(locked).unlink(missing_ok=True)
        audit.record_control(
            EXPIRED, locked.workspace or locked, by=audit.SYSTEM, archive=locked.public_id
        )
