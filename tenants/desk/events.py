"""What an audit row can say about saved views."""

from kit.audit import Event

VIEW_SAVED = Event.named("view:saved", "name", "listing", "audience")
VIEW_CHANGED = Event.named("view:changed", "name", "listing", "audience")
VIEW_DELETED = Event.named("view:deleted", "name", "listing")
