"""What the blocks of the home page hold for a person: within his rights and his reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask import current_app, url_for
from sqlalchemy import Select

from kit.i18n import format_date
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.backoffice import queries
from tenants.backoffice.queries import Daily
from tenants.desk.home import Block

P = Permission
_NEEDS = {
    Block.TO_DO: (P.Approval.VIEW, P.Order.VIEW, P.Settlement.SETTLE),
    Block.FIGURES: (P.Order.VIEW, P.Customer.VIEW, P.Number.VIEW, P.Settlement.VIEW),
    Block.TRENDS: (P.Order.VIEW, P.Customer.VIEW),
}


def may_have(user: User, block: Block) -> bool:
    """Tell whether a block holds anything that a person's rights open."""
    return block not in _NEEDS or any(user.can(one) for one in _NEEDS[block])


@dataclass(frozen=True, slots=True)
class Card:
    """A figure, against the day before and the same day last month where that says something."""

    label: str
    value: str
    icon: str
    url: str | None
    change: str = ""
    is_good: bool | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ToDo:
    """Work that waits, or a step of setting up; without a link where the person may not do it."""

    label: str
    url: str | None
    count: str = ""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A page that is opened often."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines of the last thirty days, the oldest day first."""

    days: Sequence[date]
    lines: Sequence[tuple[str, Sequence[int]]]

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The same as a table, the newest day first."""
        found = [(day, [counts[at] for _name, counts in self.lines]) for at, day in _placed(self)]
        return found[::-1]

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing at all."""
        return not any(any(counts) for _name, counts in self.lines)

    def option(self) -> dict[str, Any]:
        """Return the chart."""
        return {
            "grid": {"left": 8, "right": 16, "top": 34, "bottom": 4, "containLabel": True},
            "legend": {"top": 0, "left": 0},
            "tooltip": {"trigger": "axis"},
            "xAxis": {
                "type": "category",
                "boundaryGap": False,
                "data": [f"{day:%m-%d}" for day in self.days],
            },
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {"name": name, "type": "line", "data": list(counts), "showSymbol": False}
                for name, counts in self.lines
            ],
        }


def _placed(trend: Trend) -> Iterator[tuple[int, date]]:
    return enumerate(trend.days)


def link(user: User, endpoint: str, permission: StrEnum, **values: Any) -> str | None:
    """Return a page's address, None when there is no such page or the person may not open it."""
    if endpoint not in current_app.view_functions or not user.can(permission):
        return None
    return url_for(endpoint, **values)


def shown_count(number: int) -> str:
    """Return a count as people read it: 10,000+ where counting stopped."""
    return f"{queries.COUNTED:,}+" if number > queries.COUNTED else f"{number:,}"


def questions(user: User, blocks: Sequence[Block]) -> dict[str, Select[Any]]:
    """Return what some blocks have to count for a person."""
    asked: dict[str, Select[Any]] = {}
    if Block.FIGURES in blocks:
        asked |= _of_figures(user)
    if Block.TO_DO in blocks:
        asked |= _of_to_dos(user)
    return asked


def _of_figures(user: User) -> dict[str, Select[Any]]:
    asked: dict[str, Select[Any]] = {}
    if user.can(P.Customer.VIEW):
        asked["customers"] = queries.all_customers(reach(P.Customer.VIEW))
    if user.can(P.Number.VIEW):
        asked["numbers"] = queries.available_numbers(reach(P.Number.VIEW))
        asked["cards"] = queries.cards_in_stock(reach(P.Number.VIEW))
    if user.can(P.Settlement.VIEW):
        asked["lines"] = queries.lines_to_settle(reach(P.Settlement.VIEW))
    return asked


def _of_to_dos(user: User) -> dict[str, Select[Any]]:
    asked: dict[str, Select[Any]] = {}
    if user.can(P.Approval.VIEW):
        asked["approvals"] = queries.approvals_waiting(user)
    if user.can(P.Order.VIEW):
        asked["mine"] = queries.orders_of(user)
        asked["on_hold"] = queries.orders_in(reach(P.Order.VIEW), "on_hold")
        if user.can(P.Order.AUDIT):
            asked["to_audit"] = queries.orders_in(reach(P.Order.AUDIT), "new")
        if user.can(P.Order.ASSIGN):
            asked["to_assign"] = queries.orders_in(reach(P.Order.ASSIGN), "audited")
    if user.can(P.Settlement.SETTLE) and reach(P.Settlement.SETTLE).is_everything:
        asked["due"] = queries.lines_to_settle(reach(P.Settlement.SETTLE), due=True)
    return asked


def to_dos(user: User, counts: dict[str, int]) -> Iterator[ToDo]:
    """Yield the work that waits for a person, what waits most first."""
    orders = "orders.index", P.Order.VIEW
    for name, label, url in (
        (
            "approvals",
            _("Waiting for my approval"),
            link(user, "approvals.index", P.Approval.VIEW),
        ),
        ("mine", _("Orders in my hands"), link(user, *orders)),
        ("to_audit", _("Orders to audit"), link(user, *orders, status="new")),
        ("to_assign", _("Orders to assign"), link(user, *orders, status="audited")),
        ("on_hold", _("Orders on hold"), link(user, *orders, status="on_hold")),
        (
            "due",
            _("Commission lines due for settlement"),
            link(user, "settlement.settle", P.Settlement.SETTLE),
        ),
    ):
        if counts.get(name):
            yield ToDo(label, url, shown_count(counts[name]))


def cards(user: User, counts: dict[str, int], days: dict[str, Daily]) -> Iterator[Card]:
    """Yield the figures that a person's rights open."""
    url = link(user, "orders.index", P.Order.VIEW)
    if "orders" in days:
        yield _compared(_("Orders today"), days["orders"], "shopping-cart", url)
    url = link(user, "customers.index", P.Customer.VIEW)
    if "customers" in days:
        yield _compared(_("New customers today"), days["customers"], "user-plus", url)
    more = (
        ("customers", _("Customers in all"), "users", url),
        (
            "numbers",
            _("Numbers available"),
            "device-sim",
            link(user, "numbers.index", P.Number.VIEW, state="available"),
        ),
        ("cards", _("SIM cards in stock"), "credit-card", link(user, "cards.index", P.Number.VIEW)),
        (
            "lines",
            _("Commission lines to settle"),
            "coin",
            link(user, "settlement.index", P.Settlement.VIEW, state="pending"),
        ),
    )
    for name, label, icon, leads_to in more:
        if name in counts:
            yield Card(label, shown_count(counts[name]), icon, leads_to)


def _compared(label: str, days: Daily, icon: str, url: str | None) -> Card:
    hint = _(
        "yesterday %(yesterday)s · last month %(month_ago)s (%(day)s)",
        yesterday=f"{days.yesterday:,}",
        day=format_date(queries.month_before(days.day))[5:],
        month_ago=f"{days.month_ago:,}",
    )
    change = days.today - days.yesterday
    said = f"{'+' if change > 0 else '−'}{abs(change):,}" if change else ""
    return Card(label, f"{days.today:,}", icon, url, said, change > 0 if change else None, hint)


def trend(days: dict[str, Daily]) -> Trend:
    """Return the lines of the last thirty days."""
    names = {"orders": _("Orders"), "customers": _("New customers")}
    some = next(iter(days.values()))
    shown = queries.last_days(some.day)
    return Trend(
        shown, [(names[name], [one.on(day) for day in shown]) for name, one in days.items()]
    )


def shortcuts(user: User) -> list[Shortcut]:
    """Return the pages that a person's work begins with."""
    offered = (
        (_("Place an order"), "orders.new", P.Order.CREATE, "shopping-cart-plus"),
        (_("Add a customer"), "customers.new", P.Customer.EDIT, "user-plus"),
        (_("Orders"), "orders.index", P.Order.VIEW, "shopping-cart"),
        (_("Settle commission"), "settlement.settle", P.Settlement.SETTLE, "coin"),
        (_("Payouts"), "settlement.payouts", P.Settlement.VIEW, "cash"),
        (_("Numbers"), "numbers.index", P.Number.VIEW, "device-sim"),
        (_("SIM cards"), "cards.index", P.Number.VIEW, "credit-card"),
        (_("Products"), "products.index", P.Product.VIEW, "package"),
        (_("Channels"), "channels.index", P.Channel.VIEW, "sitemap"),
        (_("Invite a person"), "accounts.invite", P.User.EDIT, "user-share"),
        (_("Audit log"), "accounts.audit_log", P.Audit.VIEW, "list-search"),
    )
    found = []
    for label, endpoint, permission, icon in offered:
        url = link(user, endpoint, permission)
        if url is not None:
            found.append(Shortcut(label, url, icon))
    found = found[:9]
    found.append(Shortcut(_("Exports"), url_for("exports.index"), "file-export"))
    return found


def steps(user: User, done: queries.SetUp) -> Iterator[ToDo]:
    """Yield the steps of setting up a workspace."""
    for label, url, is_done in (
        (
            _("Complete the company profile"),
            link(user, "accounts.profile", P.Workspace.EDIT),
            done.profile,
        ),
        (_("Add a channel"), link(user, "channels.new", P.Channel.EDIT), done.channel),
        (
            _("Add a product and its commission rate"),
            link(user, "products.index", P.Product.VIEW),
            done.product,
        ),
        (_("Bring in numbers"), link(user, "numbers.index", P.Number.VIEW), done.number),
        (_("Place the first order"), link(user, "orders.new", P.Order.CREATE), done.order),
    ):
        yield ToDo(label, url, is_done=is_done)
