"""The axes of orders and items, and the one table of allowed transitions for each."""

from enum import StrEnum


class Axis(StrEnum):
    """The five axes."""

    ORDER = "order"
    PAYMENT = "payment"
    CARRIER = "carrier"
    FULFILMENT = "fulfilment"
    ACTIVATION = "activation"


class OrderState(StrEnum):
    """The order itself."""

    DRAFT = "draft"
    NEW = "new"
    AUDITED = "audited"
    ASSIGNED = "assigned"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    ON_HOLD = "on_hold"


class PaymentState(StrEnum):
    """Payment of the order."""

    NOT_DUE = "not_due"
    UNPAID = "unpaid"
    PAID = "paid"
    PART_REFUNDED = "part_refunded"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    EXPIRED = "expired"


class CarrierState(StrEnum):
    """What the carrier did with an item."""

    NOT_NEEDED = "not_needed"
    TO_SUBMIT = "to_submit"
    SUBMITTED = "submitted"
    OPENING = "opening"
    OPENED = "opened"
    FAILED = "failed"
    INFO_WANTED = "info_wanted"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class FulfilmentState(StrEnum):
    """Where an item's card is."""

    WAITING = "waiting"
    PICKING = "picking"
    PACKED = "packed"
    OUTBOUND = "outbound"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED_TO_STOCK = "returned_to_stock"
    LOST = "lost"


class ActivationState(StrEnum):
    """Whether an item is in use."""

    NOT_ACTIVATED = "not_activated"
    REAL_NAME_CHECK = "real_name_check"
    ACTIVATED = "activated"
    FAILED = "failed"
    SUSPENDED = "suspended"
    CLOSED = "closed"


O, P, C, F, A = OrderState, PaymentState, CarrierState, FulfilmentState, ActivationState  # noqa: E741 - letters keep the table readable

# Leaving on_hold goes back to the state it was put on hold from; services checks that.
TRANSITIONS: dict[Axis, dict[StrEnum, frozenset[StrEnum]]] = {
    Axis.ORDER: {
        O.DRAFT: frozenset({O.NEW, O.CANCELLED}),
        O.NEW: frozenset({O.AUDITED, O.REJECTED, O.ON_HOLD, O.CANCELLED}),
        O.AUDITED: frozenset({O.ASSIGNED, O.PROCESSING, O.ON_HOLD, O.CANCELLED}),
        O.ASSIGNED: frozenset({O.ASSIGNED, O.PROCESSING, O.ON_HOLD, O.CANCELLED}),
        O.PROCESSING: frozenset({O.SHIPPED, O.COMPLETED, O.ON_HOLD, O.CANCELLED}),
        O.SHIPPED: frozenset({O.PROCESSING, O.COMPLETED, O.ON_HOLD, O.CANCELLED}),
        O.COMPLETED: frozenset(),
        O.CANCELLED: frozenset(),
        O.REJECTED: frozenset(),
        O.ON_HOLD: frozenset(
            {O.NEW, O.AUDITED, O.ASSIGNED, O.PROCESSING, O.SHIPPED, O.CANCELLED, O.REJECTED}
        ),
    },
    Axis.PAYMENT: {
        P.NOT_DUE: frozenset(),
        P.UNPAID: frozenset({P.PAID, P.EXPIRED}),
        P.PAID: frozenset({P.REFUNDING, P.PART_REFUNDED, P.REFUNDED}),
        P.PART_REFUNDED: frozenset({P.REFUNDING, P.REFUNDED}),
        P.REFUNDING: frozenset({P.REFUNDED, P.PART_REFUNDED, P.REFUND_FAILED}),
        P.REFUND_FAILED: frozenset({P.REFUNDING}),
        P.REFUNDED: frozenset(),
        P.EXPIRED: frozenset(),
    },
    Axis.CARRIER: {
        C.NOT_NEEDED: frozenset(),
        C.TO_SUBMIT: frozenset({C.SUBMITTED, C.OPENING, C.OPENED, C.FAILED, C.WITHDRAWN}),
        C.SUBMITTED: frozenset(
            {C.OPENING, C.OPENED, C.FAILED, C.INFO_WANTED, C.WITHDRAWN, C.UNKNOWN}
        ),
        C.OPENING: frozenset({C.OPENED, C.FAILED, C.INFO_WANTED, C.WITHDRAWN, C.UNKNOWN}),
        C.INFO_WANTED: frozenset({C.SUBMITTED, C.OPENING, C.OPENED, C.FAILED, C.WITHDRAWN}),
        C.UNKNOWN: frozenset({C.OPENING, C.OPENED, C.FAILED, C.INFO_WANTED, C.WITHDRAWN}),
        C.FAILED: frozenset({C.TO_SUBMIT}),
        C.OPENED: frozenset(),
        C.WITHDRAWN: frozenset(),
    },
    Axis.FULFILMENT: {
        F.WAITING: frozenset({F.PICKING, F.PACKED, F.OUTBOUND, F.IN_TRANSIT, F.HANDED_OVER}),
        F.PICKING: frozenset({F.WAITING, F.PACKED, F.OUTBOUND, F.HANDED_OVER}),
        F.PACKED: frozenset({F.OUTBOUND, F.IN_TRANSIT, F.HANDED_OVER}),
        F.OUTBOUND: frozenset({F.IN_TRANSIT, F.DELIVERED, F.REFUSED, F.RETURNING, F.LOST}),
        F.IN_TRANSIT: frozenset({F.DELIVERED, F.REFUSED, F.RETURNING, F.LOST}),
        F.REFUSED: frozenset({F.RETURNING, F.RETURNED_TO_STOCK}),
        F.RETURNING: frozenset({F.RETURNED_TO_STOCK, F.LOST}),
        F.DELIVERED: frozenset(),
        F.HANDED_OVER: frozenset(),
        F.RETURNED_TO_STOCK: frozenset(),
        F.LOST: frozenset(),
    },
    Axis.ACTIVATION: {
        A.NOT_ACTIVATED: frozenset({A.REAL_NAME_CHECK, A.ACTIVATED, A.FAILED}),
        A.REAL_NAME_CHECK: frozenset({A.ACTIVATED, A.FAILED}),
        A.FAILED: frozenset({A.REAL_NAME_CHECK, A.ACTIVATED}),
        A.ACTIVATED: frozenset({A.SUSPENDED, A.CLOSED}),
        A.SUSPENDED: frozenset({A.ACTIVATED, A.CLOSED}),
        A.CLOSED: frozenset(),
    },
}


def allows(axis: Axis, current: str, to: StrEnum) -> bool:
    """Tell whether an axis may move from its current state to another."""
    return to in TRANSITIONS[axis][type(to)(current)]
