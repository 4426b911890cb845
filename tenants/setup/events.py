"""What an audit row can say about what a workspace sets up."""

from kit.audit import Event

VALUE_ADDED = Event.named("dictionary:added", "type", "label")
VALUE_EDITED = Event.named("dictionary:edited", "type", "label", "changes")
VALUE_SWITCHED = Event.named("dictionary:switched", "type", "label", "active")
VALUE_MOVED = Event.named("dictionary:moved", "type", "label", "before", "after")
VALUE_RESET = Event.named("dictionary:reset", "type", "label")
PARAMETER_SET = Event.named("parameter:set", "parameter", "before", "after")
PARAMETER_RESET = Event.named("parameter:reset", "parameter", "before", "after")
RULE_SET = Event.named("numbering:set", "kind", "changes")
CHECK_ASKED = Event.named("audit:check_asked")
CHECKED = Event.named("audit:checked", "proven", "waiting", "findings")
LOG_EXPORTED = Event.named("audit:exported", "count", "filters")
ARTICLE_ADDED = Event.named("article:added", "name")
ARTICLE_EDITED = Event.named("article:edited", "name", "changes")
CONTACT_EDITED = Event.named("contact:edited", "changes")
FEEDBACK_SENT = Event.named("feedback:sent", "number", "kind")
FEEDBACK_ANSWERED = Event.named("feedback:answered", "number", "before", "after", "answered")
FEEDBACK_EXPORTED = Event.named("feedback:exported", "count", "filters")
