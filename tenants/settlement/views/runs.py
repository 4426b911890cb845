"""Settling: the preview, the confirmation, and the runs that were made."""

from datetime import date
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.db import session
from kit.i18n import format_date
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Listing, go, page
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.settlement import access, queries, services
from tenants.settlement.forms import SettleForm
from tenants.settlement.models import SettlementRun
from tenants.settlement.parameters import AT_MONTH_END
from tenants.settlement.views.blueprint import blueprint, offer

RUNS = Listing(
    name="settlement-runs",
    columns=[
        Column("created_at", _l("Settled at"), kind="datetime"),
        Column("until", _l("Settle up to"), kind="date"),
        Column("line_count", _l("Lines"), kind="number"),
        Column("total_amount", _l("Total"), kind="money", currency=lambda run: run.currency),
        Column("actor_name", _l("By")),
    ],
    filters=[Filter.date_range("settled", _l("Settled at"), column=SettlementRun.created_at)],
    row_url=lambda run: url_for("settlement.run", public_id=run.public_id),
    empty_title=_l("Nothing was settled yet"),
    empty_hint=_l("“Settle” at the top shows what is due and settles it."),
    empty_icon="checks",
)


def _listed(person: User, _args: Any) -> Select[Any]:
    access.refuse_partial(reach_of(person, Permission.Settlement.VIEW))
    return queries.runs()


SOURCE = offer(RUNS, _l("Settlement runs"), _listed)


@blueprint.get("/runs/")
@requires(Permission.Settlement.VIEW)
def runs() -> BaseResponse:
    access.refuse_partial(reach())
    return RUNS.respond(queries.runs(), session(), "settlement/runs.html", parameter=AT_MONTH_END)


@blueprint.get("/runs/<public_id>")
@requires(Permission.Settlement.VIEW)
def run(public_id: str) -> Response:
    found = access.run(public_id, reach())
    return page("settlement/run.html", run=found, shares=queries.run_channels(found))


@blueprint.route("/settle", methods=["GET", "POST"])
@requires(Permission.Settlement.SETTLE)
def settle() -> BaseResponse:
    access.refuse_partial(reach())
    form = SettleForm()
    until = _asked_day()
    if form.validate_on_submit():
        until = form.until.data or until
        made = form.attempt(
            lambda: services.settle(until=until, key=form.submission.data, by=signed_in_user())
        )
        if made is not None:
            return go(
                url_for("settlement.run", public_id=made.public_id),
                _("Settled %(count)s lines up to %(day)s.")
                % {"count": made.line_count, "day": format_date(made.until)},
            )
    if request.method == "GET":
        form.until.data = until
    return page(
        "settlement/settle.html",
        http_status=form.status,
        form=form,
        today=clock.today(),
        preview=queries.preview(until),
    )


def _asked_day() -> date:
    try:
        return date.fromisoformat(request.args.get("until", ""))
    except ValueError:
        return clock.today()
