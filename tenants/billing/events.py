"""What is logged in the workspace when its people deal with its plan."""

from kit import audit

CHECKOUT = audit.Event.named("billing:checkout_begun", "plan", "extra_seats")
PORTAL = audit.Event.named("billing:portal_opened")
CHANGED = audit.Event.named("billing:plan_changed_here", "plan", "extra_seats")
GIVEN_UP = audit.Event.named("billing:plan_given_up", "reason")
KEPT = audit.Event.named("billing:plan_kept")
ORDERED = audit.Event.named("billing:transfer_ordered_here", "plan", "extra_seats", "invoice")
WITHDRAWN = audit.Event.named("billing:order_withdrawn_here", "invoice")
PROOF = audit.Event.named("billing:proof_handed_in_here", "invoice", "amount")
CURRENCY = audit.Event.named("billing:currency_chosen_here", "before", "after")
PROOF_BACK = audit.Event.named("billing:proof_taken_back_here", "invoice", "amount")
MENDED = audit.Event.named("billing:count_mended", "counted", "before", "after")
