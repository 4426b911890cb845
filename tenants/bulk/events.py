"""What this module writes into the audit log."""

from kit import audit

STARTED = audit.Event.named("import:started", "kind", "file_name")
CONFIRMED = audit.Event.named("import:confirmed", "kind", "good", "bad_left_out")
APPLIED = audit.Event.named("import:applied", "kind", "count")
DISCARDED = audit.Event.named("import:discarded", "kind")
