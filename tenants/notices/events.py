"""What an audit row can say about notices, announcements and reminders."""

from kit.audit import Event

_WHOM = ("audience", "portal_audience", "targets")

CHOICES_EDITED = Event.named("notices:choices_edited", "switched_on", "switched_off")
ADDRESS_EDITED = Event.named("notices:address_edited", "way", "pace", "has_address")
RULES_EDITED = Event.named("notices:rules_edited", "rules")
TEMPLATE_EDITED = Event.named("notices:template_edited", "kind", "language", "title", "body")
TEMPLATE_DROPPED = Event.named("notices:template_dropped", "kind", "language")
GATEWAY_EDITED = Event.named(
    "notices:gateway_edited", "way", "is_on", "app_id", "template_id", "new_secrets"
)
GATEWAY_TESTED = Event.named("notices:gateway_tested", "way")
ANNOUNCED = Event.named("announcement:added", "title", *_WHOM)
ANNOUNCEMENT_EDITED = Event.named("announcement:edited", "title", *_WHOM)
WITHDRAWN = Event.named("announcement:withdrawn", "title")
FOLLOWED = Event.named("record:followed", "record")
UNFOLLOWED = Event.named("record:unfollowed", "record")
REMINDER_ADDED = Event.named("reminder:added", "record", "task", "due_at", "assignee")
REMINDER_EDITED = Event.named("reminder:edited", "record", "task", "due_at", "assignee")
REMINDER_DONE = Event.named("reminder:done", "record", "task")
REMINDER_REMOVED = Event.named("reminder:removed", "record", "task")
READERS_EXPORTED = Event.named("readers:exported", "count", "filters")
EXPORTED = Event.named("notices:exported", "count", "filters")
REMINDERS_EXPORTED = Event.named("reminders:exported", "count", "filters")
