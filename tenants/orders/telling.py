"""What people are told of orders."""

from typing import Any

from sqlalchemy import select

from kit import audit
from kit.db import session
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.notices import services
from tenants.notices.kinds import Kind, Placeholder, register
from tenants.notices.models import Way
from tenants.orders.models import Order

_GROUP = _l("Orders")
_PATH = "/orders/{id}"
_NUMBER = Placeholder(_l("Order no."), "20260801000123")
_PERSON = Placeholder(_l("Who did it"), _l("Wang Xiaoshu"))
_REASON = Placeholder(_l("Reason"), _l("The ID photo cannot be read"))
_CONCERNED = _l("Its handler, who entered it, and the channel's manager")


def _kind(code: str, label: object, title: object, *, whom: object = _CONCERNED,
          ways: frozenset[Way] = frozenset({Way.INBOX}), **more: Placeholder) -> Kind:  # fmt: skip
    return register(
        Kind(
            code=f"orders:{code}",
            group=_GROUP,
            label=label,
            title=title,
            body="{reason}" if "reason" in more else "",
            whom=whom,
            placeholders={"number": _NUMBER, "person": _PERSON, **more},
            ways=ways,
            path=_PATH,
            icon="shopping-cart",
        )
    )


PLACED = _kind(
    "placed",
    _l("An order was placed"),
    _l("Order {number} was placed by {person}"),
    whom=_l("The channel's manager"),
)
ASSIGNED = _kind(
    "assigned",
    _l("An order was assigned"),
    _l("{person} gave order {number} to {handler}"),
    handler=Placeholder(_l("Handler"), _l("Li Si")),
)
REJECTED = _kind(
    "rejected",
    _l("An order was rejected"),
    _l("{person} rejected order {number}"),
    ways=frozenset({Way.INBOX, Way.MAIL}),
    reason=_REASON,
)
HELD = _kind(
    "held",
    _l("An order is on hold"),
    _l("{person} put order {number} on hold"),
    reason=_REASON,
)
CANCELLED = _kind(
    "cancelled",
    _l("An order was cancelled"),
    _l("{person} cancelled order {number}"),
    reason=_REASON,
)
FAILED = _kind(
    "failed",
    _l("The carrier turned an order down"),
    _l("The carrier turned down order {number}"),
    ways=frozenset({Way.INBOX, Way.MAIL}),
    reason=_REASON,
)

TURNED_AWAY = register(
    Kind(
        code="orders:turned_away",
        group=_GROUP,
        label=_l("Orders from outside were turned away"),
        title=_l("Since {day} orders are turned away: the month's orders of your plan are used up"),
        body=_l("Choose a larger plan under Plan and billing, and they come in again at once."),
        whom=_l("Administrators, once a day"),
        placeholders={"day": Placeholder(_l("Date"), "2026-08-01")},
        ways=frozenset({Way.INBOX, Way.MAIL}),
        path="/settings/billing/usage/",
        icon="alert-triangle",
    )
)


def tell(kind: Kind, order: Order, *, by: audit.Actor, **values: Any) -> None:
    """Tell those whom an order concerns, and its followers, of what happened to it."""
    services.notify(
        kind,
        order.public_id,
        _people(order),
        by=by,
        number=order.number,
        person=by.actor_name,
        **values,
    )


def tell_placed(order: Order, *, by: audit.Actor) -> None:
    """Tell the manager of the channel that sold it of a new order."""
    manager = order.channel.manager if order.channel else None
    if manager is not None:
        services.notify(
            PLACED, order.public_id, [manager], by=by, number=order.number, person=by.actor_name
        )


def _people(order: Order) -> list[User | None]:
    placed_by = None
    if order.placed_by_kind == "user":
        placed_by = session().scalar(select(User).where(User.public_id == order.placed_by_id))
    return [placed_by, order.handler, order.channel.manager if order.channel else None]
