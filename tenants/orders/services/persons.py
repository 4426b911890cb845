"""What orders know of a person: to be given to them, and to be erased.

Orders, their items and everything the ledger refers to stay; the person's fields in them go.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from kit.db import lock_rows, session, transaction
from tenants.customers.models import ERASED, Customer
from tenants.notices.services import forget_records
from tenants.orders.models import Order, OrderEvent
from tenants.orders.states import OrderState

OVER = (OrderState.COMPLETED, OrderState.CANCELLED, OrderState.REJECTED)


def open_orders(customer: Customer) -> Sequence[str]:
    """Return the numbers of a customer's orders that are not over, the oldest first."""
    return (
        session()
        .scalars(
            select(Order.number)
            .where(Order.customer_id == customer.id, Order.state.not_in(OVER))
            .order_by(Order.id)
        )
        .all()
    )


def person_orders(customer: Customer) -> list[dict[str, Any]]:
    """Return a customer's orders with all that stands in them about the person, decrypted."""
    orders = session().scalars(
        select(Order).where(Order.customer_id == customer.id).order_by(Order.id)
    )
    return [_as_data(order) for order in orders]


def _as_data(order: Order) -> dict[str, Any]:
    events = session().scalars(
        select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
    )
    return {
        "number": order.number,
        "placed_at": order.placed_at.isoformat(),
        "state": order.state,
        "amount": order.total_amount,
        "currency": order.currency,
        "recipient_name": order.recipient_name,
        "recipient_phone": order.recipient_phone,
        "recipient_address": order.recipient_address,
        "region": " ".join(one for one in (order.province, order.city, order.district) if one),
        "remark": order.remark,
        "items": [
            {
                "product": item.product_name,
                "number": item.msisdn,
                "card": item.iccid,
                "activated_on": item.activated_on.isoformat() if item.activated_on else None,
                "tracking_number": item.tracking_number,
            }
            for item in order.items
        ],
        "events": [
            {
                "at": event.created_at.isoformat(),
                "axis": event.axis,
                "state": event.to_state,
                "remark": event.remark,
            }
            for event in events
        ],
    }


def erase_person(customer: Customer) -> int:
    """Put the mark where the person stood in their orders; return how many orders there are.

    Part of erasing a person everywhere, which refuses while an order is open.
    """
    with transaction() as work:
        ids = work.scalars(select(Order.id).where(Order.customer_id == customer.id)).all()
        for order in lock_rows(Order, ids):
            order.recipient_name = ERASED
            order.recipient_phone = None
            order.recipient_address = None
            order.district = ""
            order.remark = ""
            order.hold_cause = ""
            order.version += 1
        # Reasons and notes of colleagues may speak of the person.
        public_ids = work.scalars(select(Order.public_id).where(Order.id.in_(ids))).all()
        forget_records(public_ids)
        return len(ids)
