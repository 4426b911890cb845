"""What the platform earns, with charts and the same as tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response

from control.billing import revenue as reckoned
from control.console.labels import WORKSPACE_STATES
from control.console.realm import blueprint
from control.console.views.billing.accounts import STANDINGS
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.money import Money
from kit.security import signed_in
from kit.web import page

AGE_WORDS = {
    "0-7": _l("up to 7 days"),
    "8-14": _l("8 to 14 days"),
    "15-21": _l("15 to 21 days"),
    "22": _l("more than 21 days"),
}
_GRID = {"left": 8, "right": 32, "top": 34, "bottom": 4, "containLabel": True}


@blueprint.get("/billing/revenue")
@signed_in
def revenue() -> Response:
    monthly = reckoned.monthly_revenue()
    coming = reckoned.coming_and_going()
    trials = reckoned.trial_conversion()
    standings = reckoned.standings()
    return page(
        "console/billing/revenue.html",
        monthly=[(one, _recurring(one)) for one in monthly],
        coming=coming,
        coming_chart=_customers(coming),
        trials=trials,
        trials_chart=_trials(trials),
        overdue=_by_currency(reckoned.overdue()),
        age_words=AGE_WORDS,
        standings=[
            (state.value, WORKSPACE_STATES[state], standings.get(state.value, 0))
            for state in STANDINGS
        ],
        per_cent=per_cent,
        month=month_text,
    )


def per_cent(share: float | None) -> str:
    """Return a share as people read it."""
    return "–" if share is None else f"{share:.1f} %"


def month_text(moment: datetime) -> str:
    """Return a month as people write it here."""
    return f"{moment:%Y-%m}"


def _recurring(one: reckoned.MonthlyRevenue) -> dict[str, Any]:
    """Return the chart of a currency; its axis is in whole units, for the eye alone."""
    return {
        "grid": _GRID,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": _months(reckoned.month_starts(one.moments[-1])),
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": _("Monthly recurring revenue (%(currency)s)", currency=one.currency),
                "type": "line",
                "areaStyle": {"opacity": 0.12},
                "data": [float(Money(amount, one.currency).major) for amount in one.amounts],
                "showSymbol": False,
            }
        ],
    }


def _customers(coming: Sequence[reckoned.Coming]) -> dict[str, Any]:
    return {
        "grid": _GRID,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": _months([one.moment for one in coming], gap=True),
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("Customers won"), "type": "bar", "data": [one.won for one in coming]},
            {"name": _("Customers lost"), "type": "bar", "data": [one.lost for one in coming]},
        ],
    }


def _trials(trials: Sequence[reckoned.Trials]) -> dict[str, Any]:
    return {
        "grid": _GRID,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": _months([one.moment for one in trials], gap=True),
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("Trials that ended"), "type": "bar", "data": [one.ended for one in trials]},
            {"name": _("Bought"), "type": "bar", "data": [one.bought for one in trials]},
        ],
    }


def _months(moments: Sequence[datetime], *, gap: bool = False) -> dict[str, Any]:
    return {
        "type": "category",
        "boundaryGap": gap,
        "data": [month_text(moment) for moment in moments],
    }


def _by_currency(found: Sequence[reckoned.Overdue]) -> dict[str, list[reckoned.Overdue]]:
    ages: dict[str, list[reckoned.Overdue]] = {}
    for one in found:
        ages.setdefault(one.currency, []).append(one)
    return ages
