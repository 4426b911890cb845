"""Workspaces that let the operator look in: which, until when, and the way in."""

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.console import access
from control.console.labels import GRANT_MODES, GRANT_STATES
from control.console.realm import CONSOLE, blueprint
from control.console.views.archives import operator
from control.domains.queries import workspace_url
from control.support import queries, services
from control.support.models import SupportGrant
from kit.db import control_session
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, go, page
from kit.web.headers import form_may_lead_to


def _state(grant: SupportGrant) -> str:
    return "open" if grant.is_open else "over"


GRANTS = Listing(
    "support",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value=lambda row: row.workspace.name,
            second=lambda row: row.workspace.address,
        ),
        Column("state", _l("State"), kind="tag", value=_state, tags=GRANT_STATES),
        Column("may_write", _l("What may be done"), value=lambda row: GRANT_MODES[row.may_write]),
        Column("reason", _l("Reason"), wrap=True),
        Column("giver_name", _l("Doors opened by")),
        Column("created_at", _l("Given"), kind="datetime", sort=SupportGrant.id),
        Column("ends_at", _l("Until"), kind="datetime"),
        Column("ended_at", _l("Ended at"), kind="datetime"),
    ],
    filters=[
        Filter.search(queries.matching, label=_l("Name or address")),
        Filter.date_range("at", _l("Given"), column=SupportGrant.created_at),
    ],
    tabs=StatusTabs(
        [(name, tag.label) for name, tag in GRANT_STATES.items()],
        name="state",
        custom={
            "open": lambda statement: statement.where(queries.holds()),
            "over": lambda statement: statement.where(queries.over()),
        },
    ),
    row_url=lambda row: url_for("console.support_grant", public_id=row.public_id),
    actions=[
        RowAction(
            _l("Enter"),
            lambda row: url_for("console.support_grant", public_id=row.public_id),
            visible=lambda row: row.is_open,
        )
    ],
    empty_title=_l("Nobody has let us in"),
    empty_hint=_l("A workspace gives support access in its own settings, for 1 to 72 hours."),
    empty_icon="lifebuoy",
)


@blueprint.get("/support")
@signed_in
def support() -> BaseResponse:
    return GRANTS.respond(queries.all_grants(), control_session(), "console/support.html")


@blueprint.get("/support/<public_id>")
@signed_in
def support_grant(public_id: str) -> Response:
    found = access.support_grant(public_id)
    # The button's form ends on the workspace's own host, and browsers follow it nowhere else.
    form_may_lead_to(workspace_url(found.workspace.address))
    return page(
        "console/support_grant.html",
        grant=found,
        state=GRANT_STATES[_state(found)],
        mode=GRANT_MODES[found.may_write],
        visits=queries.visits_of(found),
    )


@blueprint.post("/support/<public_id>/enter")
@signed_in
def enter_workspace(public_id: str) -> BaseResponse:
    found = access.support_grant(public_id)
    token = services.hand_over(found, log_in=request.cookies.get(CONSOLE.cookie, ""), by=operator())
    return go(workspace_url(found.workspace.address, f"/support/enter?pass={token}"))
