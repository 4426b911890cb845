"""What the workspace's own log says of who stands on its invoices."""

from kit import audit

CHANGED = audit.Event.named("billing:details_changed", "name", "country", "tax_id")
