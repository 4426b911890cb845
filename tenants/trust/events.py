"""What the workspace's own log says of support access and verification."""

from kit import audit

GRANTED = audit.Event.named("support:granted", "reason", "hours", "may_write")
REVOKED = audit.Event.named("support:revoked")
ENTERED = audit.Event.named("support:entered", "may_write")
GRANTS_EXPORTED = audit.Event.named("support:exported", "count", "filters")
CHANGED = audit.Event.named("verification:changed", "name")
AUTHORISED = audit.Event.named("verification:authorisation_added", "carrier", "valid_until")
UNAUTHORISED = audit.Event.named("verification:authorisation_removed", "carrier")
SUBMITTED = audit.Event.named("verification:submitted")
WITHDRAWN = audit.Event.named("verification:withdrawn")

# What the control plane writes into this log after an operator decided.
PASSED = audit.Event.named("verification:passed", "carriers")
RETURNED = audit.Event.named("verification:returned", "remarks")
REVOKED_AGAIN = audit.Event.named("verification:revoked", "reason")
REVEALED = audit.Event.named("verification:revealed", "field", "reason")
LOOKED_AT = audit.Event.named("verification:looked_at", "paper")
LAPSED = audit.Event.named("support:lapsed", "grant")
