"""What an audit row can say about accounts, and how each kind of row reads.

Modules above name their own events with `describe`; a row without a name shows its code.
"""

from collections.abc import Mapping

from kit.audit import Event
from kit.i18n import lazy_gettext as _l

SIGNED_IN = Event.named("user:signed_in", "remembered")
SIGNED_OUT = Event.named("user:signed_out")
LOCKED = Event.named("user:locked", "minutes")
SESSION_ENDED = Event.named("user:session_ended", "session")
SESSIONS_ENDED = Event.named("user:sessions_ended", "count")
PROVED = Event.named("user:proved")
PASSWORD_CHANGED = Event.named("user:password_changed")
PASSWORD_SET = Event.named("user:password_set")
RESET_ASKED = Event.named("user:reset_asked", "way")
PASSWORD_RESET = Event.named("user:password_reset", "way")
ADDED = Event.named("user:added", "username", "roles")
EDITED = Event.named("user:edited", "fields")
DISABLED = Event.named("user:disabled")
ENABLED = Event.named("user:enabled")
ROLE_ADDED = Event.named("role:added", "name", "permissions")
ROLE_EDITED = Event.named("role:edited", "name", "added", "removed")
ROLE_DELETED = Event.named("role:deleted", "name")
PROFILE_EDITED = Event.named("profile:edited", "fields")

_names: dict[str, object] = {
    "workspace:seeded": _l("Workspace made"),
    SIGNED_IN.name: _l("Signed in"),
    SIGNED_OUT.name: _l("Signed out"),
    LOCKED.name: _l("Locked after wrong passwords"),
    SESSION_ENDED.name: _l("Ended a log-in"),
    SESSIONS_ENDED.name: _l("Ended other log-ins"),
    PROVED.name: _l("Entered the password again"),
    PASSWORD_CHANGED.name: _l("Changed the password"),
    PASSWORD_SET.name: _l("Set a first password"),
    RESET_ASKED.name: _l("Asked for a new password"),
    PASSWORD_RESET.name: _l("Reset the password"),
    ADDED.name: _l("Person added"),
    EDITED.name: _l("Person changed"),
    DISABLED.name: _l("Person disabled"),
    ENABLED.name: _l("Person enabled"),
    ROLE_ADDED.name: _l("Role added"),
    ROLE_EDITED.name: _l("Role changed"),
    ROLE_DELETED.name: _l("Role deleted"),
    "users:exported": _l("People exported"),
    "audit:exported": _l("Audit log exported"),
    PROFILE_EDITED.name: _l("Company profile changed"),
}

_subjects: dict[str, object] = {
    "User": _l("User"),
    "Role": _l("Role"),
    "Profile": _l("Company"),
}


def describe(names: Mapping[str, object], *, subjects: Mapping[str, object] | None = None) -> None:
    """Give events and kinds of records of another module the words that the audit log shows."""
    _names.update(names)
    _subjects.update(subjects or {})


def subject_name(kind: str) -> object:
    """Return the words of a kind of record; its code when nobody named it."""
    return _subjects.get(kind, kind)


def name_of(event: str) -> object:
    """Return the words of an event; its code when nobody named it."""
    return _names.get(event, event)


def named_events() -> list[tuple[str, object]]:
    """Return code and words of every named event, for a filter."""
    return sorted(_names.items())
