"""What an audit row can say about approvals."""

from kit.audit import Event

SUBMITTED = Event.named("approval:submitted", "kind", "title", "amount", "steps")
APPROVED = Event.named("approval:approved", "title", "step", "behalf", "opinion")
REJECTED = Event.named("approval:rejected", "title", "step", "behalf", "opinion")
RETURNED = Event.named("approval:returned", "title", "step", "behalf", "opinion")
SENT_BACK = Event.named("approval:sent_back", "title", "step", "behalf", "target", "opinion")
TRANSFERRED = Event.named("approval:transferred", "title", "step", "before", "target", "opinion")
SIGNER_ADDED = Event.named("approval:signer_added", "title", "step", "target", "place", "opinion")
RECALLED = Event.named("approval:recalled", "title", "opinion")
REMINDED = Event.named("approval:reminded", "title", "people")
FLOW_ADDED = Event.named("approval_flow:added", "kind")
FLOW_EDITED = Event.named("approval_flow:edited", "kind", "is_active", "allows_self")
STEP_ADDED = Event.named("approval_flow:step_added", "kind", "name", "rule")
STEP_EDITED = Event.named("approval_flow:step_edited", "kind", "name", "rule")
STEP_MOVED = Event.named("approval_flow:step_moved", "kind", "name", "place")
STEP_REMOVED = Event.named("approval_flow:step_removed", "kind", "name")
ABSENCE_ADDED = Event.named("absence:added", "person", "substitute", "first_on", "last_on")
ABSENCE_ENDED = Event.named("absence:ended", "person", "substitute")
EXPORTED = Event.named("approvals:exported", "count", "filters")
