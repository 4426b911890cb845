"""What an audit row can say about tasks."""

from kit.audit import Event

CANCEL_ASKED = Event.named("task:cancel_asked", "kind")
RETRY_ASKED = Event.named("task:retry_asked", "kind")
EXPORTED = Event.named("tasks:exported", "count", "filters")
