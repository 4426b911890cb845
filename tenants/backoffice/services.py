"""Verbs on the workspace as a whole, as its own people ask for them.

What closes or exports it proves the password first. Each asks the control plane, then writes the
workspace's own log.
"""

from control.archives import services as archives
from control.archives.models import Archive
from control.workspaces import services as workspaces
from control.workspaces.queries import workspace_of
from kit import audit, tenancy
from kit.db import transaction
from tenants.accounts import services
from tenants.accounts.models import User, UserSession

EXPORTED = audit.Event.named("workspace:exported", "archive")
FETCHED = audit.Event.named("workspace:export_fetched", "archive")
CLOSING = audit.Event.named("workspace:closing_asked", "reason")
ZONE = audit.Event.named("workspace:timezone_chosen", "before", "after")
KEPT = audit.Event.named("workspace:closing_taken_back")


def export(login: UserSession, *, password: str, passphrase: str, by: User) -> Archive:
    """Have an archive of this workspace made; Refused for a wrong password or weak passphrase."""
    archives.refuse_weak_passphrase(passphrase)
    services.prove(login, password)
    archive = archives.ask_export(workspace_of(tenancy.current()), passphrase=passphrase, by=by)
    _log(EXPORTED, by, archive=archive.public_id)
    return archive


def record_fetch(archive: Archive, *, by: User) -> None:
    """Log in both planes that a person fetches an archive."""
    archives.record_fetch(archive, by=by, ip_address=by.address)
    _log(FETCHED, by, archive=archive.public_id)


def close(login: UserSession, *, password: str, reason: str, by: User) -> None:
    """Begin the grace at whose end this workspace is deleted; Refused for a wrong password."""
    services.prove(login, password)
    workspaces.ask_closing(workspace_of(tenancy.current()), reason=reason, by=by)
    _log(CLOSING, by, reason=reason)


def choose_zone(zone: str, *, by: User) -> None:
    """Have this workspace live by another time zone from now on."""
    before = workspaces.choose_zone(workspace_of(tenancy.current()), zone, by=by)
    if before != zone:
        _log(ZONE, by, before=before, after=zone)


def keep(*, by: User) -> None:
    """Take the deletion of this workspace back."""
    workspaces.take_back_closing(workspace_of(tenancy.current()), by=by)
    _log(KEPT, by)


def _log(event: audit.Event, by: User, **details: str) -> None:
    with transaction(even_read_only=True):
        audit.record(event, by, by=by, **details)
