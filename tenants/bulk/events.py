"""What this module writes into the audit log."""

from kit import audit

STARTED = audit.Event.named("import:started", "kind", "file_name")
MAPPED = audit.Event.named("import:mapped", "kind", "mode")
CORRECTED = audit.Event.named("import:corrected", "kind", "line")
CONFIRMED = audit.Event.named("import:confirmed", "kind", "good", "bad_left_out")
APPLIED = audit.Event.named("import:applied", "kind", "count", "created", "changed")
DISCARDED = audit.Event.named("import:discarded", "kind")
UNDO_ASKED = audit.Event.named("import:undo_asked", "kind")
UNDONE = audit.Event.named("import:undone", "kind", "count", "kept")
TEMPLATE_SAVED = audit.Event.named("import_template:saved", "kind", "name")
TEMPLATE_DELETED = audit.Event.named("import_template:deleted", "kind", "name")

IMPORTS_EXPORTED = audit.Event.named("imports:exported", "count", "filters")
EXPORTS_EXPORTED = audit.Event.named("exports:exported", "count", "filters")
REVEALED = audit.Event.named("export:revealed", "list", "count", "reason")
FETCHED = audit.Event.named("export:fetched", "list")
