"""Commission lines, and why each is what it is."""

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Grouping, Listing, StatusTabs, page
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.channels.kinds import CHANNEL
from tenants.channels.queries import reached_ids
from tenants.settlement import access, queries
from tenants.settlement.labels import (
    JOURNAL_COLOURS,
    JOURNALS,
    LINE_STATES,
    METHODS,
    MILESTONE_STATES,
    MILESTONES,
    TIMINGS,
    line_tag,
    milestone_word,
)
from tenants.settlement.models import CommissionLine
from tenants.settlement.views.blueprint import blueprint, offer


def _by_channel(statement: Select[Any], public_id: str) -> Select[Any]:
    channel = access.channel(public_id, reach())
    return statement.where(CommissionLine.channel_id == channel.id)


LISTING = Listing(
    name="commission",
    columns=[
        Column("order_number", _l("Order no."), copy=True, text=True, width="md"),
        Column("product_name", _l("Product"), width="lg"),
        Column("channel", _l("Channel"), value="channel.name"),
        Column("milestone", _l("Milestone"), value=milestone_word),
        Column(
            "amount",
            _l("Amount"),
            kind="money",
            currency=lambda line: line.currency,
            total=CommissionLine.amount,
            total_currency=CommissionLine.currency,
        ),
        Column("state", _l("State"), value=line_tag, kind="tag"),
        Column("met_on", _l("Met on"), kind="date"),
        Column("due_on", _l("Due on"), kind="date"),
        Column("reason", _l("Reason"), hidden=True, wrap=True),
        Column("created_at", _l("Made at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.text("order", _l("Order no."), column=CommissionLine.order_number, match="prefix"),
        Filter.look_up("channel", _l("Channel"), CHANNEL, apply=_by_channel),
        Filter.choice(
            "milestone",
            _l("Milestone"),
            list(MILESTONES.items()),
            column=CommissionLine.milestone,
        ),
        Filter.date_range("met", _l("Met on"), column=CommissionLine.met_on, folded=True),
        Filter.date_range("due", _l("Due on"), column=CommissionLine.due_on, folded=True),
    ],
    tabs=StatusTabs(list(LINE_STATES.items()), column=CommissionLine.state, name="state"),
    row_url=lambda line: url_for("settlement.why", public_id=line.public_id),
    groupings=[
        Grouping("state", _l("State"), CommissionLine.state, names=LINE_STATES, parameter="state"),
        Grouping("product", _l("Product"), CommissionLine.product_name),
        Grouping.by_month("month", _l("Month"), CommissionLine.met_on),
    ],
    identity=CommissionLine.id,
    key_column=CommissionLine.public_id,
    empty_title=_l("No commission yet"),
    empty_hint=_l("It appears with the first order of a product that has rates."),
    empty_icon="coin",
)


def _listed(person: User, _args: Any) -> Select[Any]:
    within = reached_ids(reach_of(person, Permission.Settlement.VIEW))
    return queries.lines().where(CommissionLine.channel_id.in_(within))


SOURCE = offer(LISTING, _l("Commission lines"), _listed)


@blueprint.get("/")
@requires(Permission.Settlement.VIEW)
def index() -> BaseResponse:
    statement = SOURCE.statement(signed_in_user(), request.args)
    return LISTING.respond(
        statement,
        session(),
        "settlement/index.html",
    )


@blueprint.get("/lines/<public_id>")
@requires(Permission.Settlement.VIEW)
def why(public_id: str) -> Response:
    line = access.line(public_id, reach())
    return page(
        "settlement/why.html",
        line=line,
        line_tag=line_tag(line),
        milestone_word=milestone_word(line),
        explanation=queries.explain(line),
    )


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """Give every surface that explains a line the words of this module."""
    return {
        "settlement_words": {
            "journals": JOURNALS,
            "journal_colours": JOURNAL_COLOURS,
            "methods": METHODS,
            "milestone_states": MILESTONE_STATES,
            "timings": TIMINGS,
        }
    }
