"""What an audit row can say about accounts."""

from kit.audit import Event

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
