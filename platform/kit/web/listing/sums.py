"""Sums over all matches: the totals row, and groups with counts and sums, as table or chart.

Both read every match, so totals are asked for after the rows, and groups only when wanted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal_column, null

from kit.i18n import gettext as _
from kit.money import decimals
from kit.tenancy import current_or_none
from kit.web import filters as words
from kit.web.listing.columns import Column

MOST_GROUPS = 200
CHARTED = 20
CHARTS = ("table", "bar", "pie")
Named = tuple[object, Mapping[str, str]]
"""What a group is called, and the parameters of the address that show its rows."""


@dataclass(frozen=True)
class Grouping:
    """A way to group a list: by an expression, with words for its values.

    `names` gets the values of all groups at once and says what each is called and which
    parameters show its rows; a mapping from value to label filters by `parameter`.
    """

    name: str
    label: object
    column: Any
    names: Callable[[Sequence[Any]], Mapping[Any, Named]] | Mapping[Any, object] | None = None
    parameter: str = ""
    in_order: bool = False
    """By value, as months; otherwise the largest group comes first."""

    @classmethod
    def by_month(cls, name: str, label: object, column: Any) -> "Grouping":
        """Return a grouping by the month of a day."""
        # The format is no parameter: twice in one statement it would be two expressions.
        month = func.to_char(column, literal_column("'YYYY-MM'"))
        return cls(name, label, month, in_order=True)

    def named(self, values: Sequence[Any]) -> Mapping[Any, Named]:
        """Return the words for groups."""
        if callable(self.names):
            return self.names(values)
        labels = self.names or {}
        return {
            value: (
                labels.get(value, words.DASH if value in {None, ""} else value),
                {self.parameter: str(value)} if self.parameter and value else {},
            )
            for value in values
        }


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of one column, in one currency when it is money."""

    column: Column
    value: int
    currency: str | None

    @property
    def shown(self) -> str:
        if self.column.kind == "money":
            return words.money(self.value, self.currency)
        return f"{self.value:,}"

    @property
    def plain(self) -> float:
        """The sum as a chart draws it: money in its major unit."""
        if self.column.kind != "money":
            return float(self.value)
        workspace = current_or_none()
        currency = self.currency or (workspace.currency if workspace else "CNY")
        return float(self.value / 10 ** decimals(currency))


@dataclass(frozen=True, slots=True)
class Totals:
    """How many matches there are, and the sums of each column that has any."""

    count: int
    sums: Mapping[str, Sequence[Sum]]

    def of(self, column: Column) -> Sequence[Sum]:
        """Return the sums of a column, one for each currency."""
        return self.sums.get(column.name, ())


@dataclass(frozen=True, slots=True)
class Group:
    """One group: what it is, how many rows, their sums and averages."""

    label: object
    parameters: Mapping[str, str]
    count: int
    sums: Mapping[str, Sequence[Sum]]

    def of(self, column: Column) -> Sequence[Sum]:
        """Return the sums of a column, one for each currency."""
        return self.sums.get(column.name, ())

    def average(self, column: Column) -> str:
        """Return the average of a column where there is one currency."""
        found = self.of(column)
        if len(found) != 1 or not self.count:
            return words.DASH
        one = found[0]
        return Sum(column, round(one.value / self.count), one.currency).shown


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups of what is selected, at most MOST_GROUPS."""

    grouping: Grouping
    columns: Sequence[Column]
    rows: Sequence[Group]
    are_more: bool
    chart: str = "table"
    measure: str = ""

    @property
    def measured(self) -> Column | None:
        """The column that a chart draws; None for the count."""
        return next((one for one in self.columns if one.name == self.measure), None)

    def option(self) -> dict[str, Any]:
        """Return the chart as ECharts takes it; groups past the largest are one bar."""
        shown = list(self.rows[:CHARTED])
        pairs = [(str(group.label), self._measure(group)) for group in shown]
        if len(self.rows) > CHARTED:
            rest = sum(self._measure(group) for group in self.rows[CHARTED:])
            pairs.append((_("Others"), rest))
        name = str(self.measured.label) if self.measured else _("Records")
        if self.chart == "pie":
            data = [{"name": label, "value": value} for label, value in pairs]
            series = {"type": "pie", "radius": ["35%", "68%"], "name": name, "data": data}
            return {"tooltip": {"trigger": "item"}, "series": [series]}
        return {
            "tooltip": {"trigger": "axis"},
            "grid": {"left": 12, "right": 24, "top": 24, "bottom": 12, "containLabel": True},
            "xAxis": {
                "type": "category",
                "data": [label for label, _value in pairs],
                "axisLabel": {"interval": 0, "rotate": 30 if len(pairs) > 6 else 0},
            },
            "yAxis": {"type": "value"},
            "series": [{"type": "bar", "name": name, "data": [v for _l, v in pairs]}],
        }

    def _measure(self, group: Group) -> float:
        column = self.measured
        if column is None:
            return float(group.count)
        return round(sum(one.plain for one in group.of(column)), 2)


def summed(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that have a sum."""
    return [column for column in columns if column.total is not None]


def totals(chosen: Select[Any], columns: Sequence[Column], session: Any) -> Totals:
    """Return the sums of all matches, in one statement."""
    wanted = summed(columns)
    rows = session.execute(_sums(chosen, wanted, None)).all()
    return Totals(sum(row[1] for row in rows), _of_rows(wanted, rows))


def groups(
    chosen: Select[Any],
    columns: Sequence[Column],
    grouping: Grouping,
    session: Any,
    *,
    chart: str = "table",
    measure: str = "",
) -> Groups:
    """Return the groups of all matches: one statement, and what their names take."""
    wanted = summed(columns)
    statement = _sums(chosen, wanted, grouping.column)
    key = grouping.column
    statement = statement.order_by(
        *([key] if grouping.in_order else [func.count().desc(), key]),
    ).limit(MOST_GROUPS + 1)
    by_value: dict[Any, list[Any]] = {}
    for row in session.execute(statement):
        by_value.setdefault(row[0], []).append(row[1:])
    values = list(by_value)[:MOST_GROUPS]
    named = grouping.named(values)
    rows = []
    for value in values:
        label, parameters = named.get(value, (words.DASH, {}))
        found = by_value[value]
        rows.append(Group(label, parameters, sum(row[1] for row in found), _of_rows(wanted, found)))
    return Groups(grouping, wanted, rows, len(by_value) > MOST_GROUPS, chart, measure)


def _sums(chosen: Select[Any], wanted: Sequence[Column], key: Any) -> Select[Any]:
    currencies = {id(one.total_currency): one.total_currency for one in wanted}
    # Columns of one list are all in the currency of its row.
    currency = next((one for one in currencies.values() if one is not None), None)
    keys = [one for one in (key, currency) if one is not None]
    asked = [] if key is None else [key]
    asked += [null() if currency is None else currency, func.count()]
    asked += [func.coalesce(func.sum(one.total), 0) for one in wanted]
    statement = chosen.with_only_columns(*asked).order_by(None)
    return statement.group_by(*keys) if keys else statement


def _of_rows(wanted: Sequence[Column], rows: Sequence[Any]) -> dict[str, list[Sum]]:
    """Sum up (currency, count, sum, sum …)."""
    return {
        column.name: [Sum(column, int(row[2 + index]), row[0]) for row in rows]
        for index, column in enumerate(wanted)
    }
