"""The first page after the log-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Response, current_app, url_for

from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import page
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.policy import current_policy
from tenants.accounts.queries import is_password_old
from tenants.accounts.realm import reach, signed_in_user
from tenants.approvals.queries import count_waiting
from tenants.backoffice import queries
from tenants.backoffice.surface import blueprint

blueprints = (blueprint,)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure on the home page, against the day before where that says something."""

    label: str
    value: str
    hint: str
    icon: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """Work that waits, or a step of setting up; without a link where the person may not do it."""

    label: str
    url: str | None
    count: int = 0
    is_done: bool = False


@blueprint.get("/")
@signed_in
def home() -> Response:
    user = signed_in_user()
    set_up = queries.set_up()
    return page(
        "backoffice/home.html",
        user=user,
        cards=list(_cards(user)),
        waiting=[one for one in _waiting(user) if one.count],
        steps=[] if set_up.is_done else list(_steps(user, set_up)),
        is_password_old=is_password_old(user, current_policy().passwords),
    )


def _link(user: User, endpoint: str, permission: StrEnum, **values: Any) -> str | None:
    """Return a page's address, None when there is no such page or the person may not open it."""
    if endpoint not in current_app.view_functions or not user.can(permission):
        return None
    return url_for(endpoint, **values)


def _count(number: int) -> str:
    return f"{queries.COUNTED:,}+" if number > queries.COUNTED else f"{number:,}"


def _cards(user: User) -> Iterator[Card]:
    if user.can(Permission.Order.VIEW):
        orders = queries.order_figure(reach(Permission.Order.VIEW))
        hint = _("yesterday %(count)s", count=_count(orders.yesterday))
        link = _link(user, "orders.index", Permission.Order.VIEW)
        yield Card(_("Orders today"), _count(orders.today), hint, "shopping-cart", link)
    if user.can(Permission.Customer.VIEW):
        customers = queries.customer_figure(reach(Permission.Customer.VIEW))
        link = _link(user, "customers.index", Permission.Customer.VIEW)
        hint = _("yesterday %(count)s", count=_count(customers.yesterday))
        yield Card(_("New customers today"), _count(customers.today), hint, "user-plus", link)
        yield Card(_("Customers in all"), _count(customers.total), "", "users", link)
    if user.can(Permission.Number.VIEW):
        free = queries.available_numbers()
        link = _link(user, "numbers.index", Permission.Number.VIEW)
        yield Card(_("Numbers available"), _count(free), "", "device-sim", link)


def _waiting(user: User) -> Iterator[ToDo]:
    if user.can(Permission.Approval.VIEW):
        url = _link(user, "approvals.index", Permission.Approval.VIEW)
        yield ToDo(_("Waiting for my approval"), url, count_waiting(user))
    if not user.can(Permission.Order.VIEW):
        return
    link = "orders.index", Permission.Order.VIEW
    yield ToDo(_("Orders in my hands"), _link(user, *link), queries.orders_of(user))
    if user.can(Permission.Order.AUDIT):
        url = _link(user, *link, status="new")
        yield ToDo(
            _("Orders to audit"), url, queries.orders_in(reach(Permission.Order.AUDIT), "new")
        )
    if user.can(Permission.Order.ASSIGN):
        url = _link(user, *link, status="audited")
        yield ToDo(
            _("Orders to assign"), url, queries.orders_in(reach(Permission.Order.ASSIGN), "audited")
        )
    url = _link(user, *link, status="on_hold")
    yield ToDo(_("Orders on hold"), url, queries.orders_in(reach(Permission.Order.VIEW), "on_hold"))


def _steps(user: User, done: queries.SetUp) -> Iterator[ToDo]:
    p = Permission
    yield ToDo(
        _("Complete the company profile"),
        _link(user, "accounts.profile", p.Workspace.EDIT),
        is_done=done.profile,
    )
    yield ToDo(
        _("Add a channel"), _link(user, "channels.new", p.Channel.EDIT), is_done=done.channel
    )
    yield ToDo(
        _("Add a product and its commission rate"),
        _link(user, "products.index", p.Product.VIEW),
        is_done=done.product,
    )
    yield ToDo(
        _("Bring in numbers"), _link(user, "numbers.index", p.Number.VIEW), is_done=done.number
    )
    yield ToDo(
        _("Place the first order"), _link(user, "orders.new", p.Order.CREATE), is_done=done.order
    )
