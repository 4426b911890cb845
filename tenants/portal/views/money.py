"""What the viewer's channel earns, and why."""

from flask import Response, request

from kit.db import session
from kit.security import requires
from kit.web import page
from tenants.channels.permissions import PortalPermission
from tenants.portal.surface import blueprint, viewer
from tenants.settlement import access, queries
from tenants.settlement.labels import LINE_STATES, line_tag, milestone_word
from tenants.settlement.models import CommissionLine, LineState

PAGE = 30


@blueprint.get("/commission/")
@requires(PortalPermission.MONEY)
def commission() -> Response:
    channel = viewer().channel
    statement = queries.lines_of_channel(channel)
    state = request.args.get("state", "")
    if state in set(LineState):
        statement = statement.where(CommissionLine.state == state)
    before = request.args.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        statement = statement.where(CommissionLine.id < int(before))
    lines = session().scalars(statement.order_by(CommissionLine.id.desc()).limit(PAGE + 1)).all()
    return page(
        "portal/commission.html",
        summary=queries.channel_summary(channel),
        lines=lines[:PAGE],
        has_more=len(lines) > PAGE,
        state=state,
        tabs=list(LINE_STATES.items()),
        line_tag=line_tag,
        milestone_word=milestone_word,
    )


@blueprint.get("/commission/<public_id>")
@requires(PortalPermission.MONEY)
def why(public_id: str) -> Response:
    line = access.channel_line(public_id, channel=viewer().channel)
    return page(
        "portal/why.html",
        line=line,
        explanation=queries.explain(line, viewer=viewer().channel),
        line_tag=line_tag(line),
        milestone_word=milestone_word(line),
    )
