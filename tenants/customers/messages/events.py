"""What an audit row can say about messages to customers."""

from kit.audit import Event

SWITCHED = Event.named("customer_messages:switched", "switched_on", "switched_off")
TOLD = Event.named("customer:told", "kind", "way", "record", "outcome")
EXPORTED = Event.named("customer_messages:exported", "count", "filters")
