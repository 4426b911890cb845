"""What this module writes into the audit log."""

from kit import audit

HELD = audit.Event.named("number:held", "owner", "until")
RELEASED = audit.Event.named("number:released", "owner")
HOLD_EXPIRED = audit.Event.named("number:hold_expired", "owner")
ALLOCATED = audit.Event.named("number:allocated", "item_id")
FREED = audit.Event.named("number:freed", "item_id")
IN_SERVICE = audit.Event.named("number:in_service", "item_id")
SUSPENDED = audit.Event.named("number:suspended", "reason")
RESUMED = audit.Event.named("number:resumed")
RETIRED = audit.Event.named("number:retired", "item_id")
RECYCLED = audit.Event.named("number:recycled")
BLOCKED = audit.Event.named("number:blocked", "reason")
UNBLOCKED = audit.Event.named("number:unblocked")
NUMBER_ALLOTTED = audit.Event.named("number:allotted", "channel")

POOL_ADDED = audit.Event.named("pool:added", "name")
POOL_EDITED = audit.Event.named("pool:edited", "changes")
POOL_DELETED = audit.Event.named("pool:deleted", "name")
POOL_STOCKED = audit.Event.named("pool:stocked", "count")
POOL_CORRECTED = audit.Event.named("pool:corrected", "count")
POOL_WITHDRAWN = audit.Event.named("pool:withdrawn", "count")

SEGMENT_ADDED = audit.Event.named("segment:added", "prefix")
SEGMENTS_ADDED = audit.Event.named("segment:imported", "count")
SEGMENT_EDITED = audit.Event.named("segment:edited", "changes")
SEGMENT_DELETED = audit.Event.named("segment:deleted", "prefix")

CARD_ADDED = audit.Event.named("card:added", "batch")
CARD_CORRECTED = audit.Event.named("card:corrected", "batch")
CARD_WITHDRAWN = audit.Event.named("card:withdrawn", "batch")
CARD_RECEIVED = audit.Event.named("card:received")
CARD_ALLOCATED = audit.Event.named("card:allocated", "item_id")
CARD_FREED = audit.Event.named("card:freed", "item_id")
CARD_ACTIVATED = audit.Event.named("card:activated", "item_id")
CARD_SCRAPPED = audit.Event.named("card:scrapped", "reason")
CARD_ALLOTTED = audit.Event.named("card:allotted", "channel")

ALLOTTED = audit.Event.named("stock:allotted", "kind", "channel", "count")
