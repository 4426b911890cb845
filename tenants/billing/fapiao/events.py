"""What the workspace's own log says of fapiao."""

from kit import audit

ASKED = audit.Event.named("fapiao:asked", "fapiao", "amount", "currency", "invoices")
WITHDRAWN = audit.Event.named("fapiao:withdrawn")
FORGOTTEN = audit.Event.named("fapiao:title_forgotten", "title")

# What the control plane writes into this log after an operator acted.
ISSUED = audit.Event.named("fapiao:issued", "fapiao_number", "amount", "currency")
REJECTED = audit.Event.named("fapiao:rejected", "reason")
CORRECTED = audit.Event.named("fapiao:corrected", "fapiao_number", "amount", "currency")
REVEALED = audit.Event.named("fapiao:revealed", "reason")
