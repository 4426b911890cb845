"""Support access: what was given, give it, end it."""

from typing import Any

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.support import queries
from control.support.models import SupportGrant
from kit import tenancy
from kit.db import control_session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, current_session, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import as_events, describe_export
from tenants.trust import access, events, services
from tenants.trust.forms import CHANGE, GrantForm
from tenants.trust.labels import GRANT_STATES, MODES

blueprint = RealmBlueprint("support", __name__, realm=OFFICE, template_folder="../templates")
SHOWN = 500


def state_of(grant: SupportGrant) -> str:
    """Return whether a grant is open or over."""
    return "open" if grant.is_open else "over"


LISTING = Listing(
    "support_grants",
    [
        Column("created_at", _l("Given"), kind="datetime", sort=SupportGrant.id),
        Column("giver_name", _l("Doors opened by")),
        Column("state", _l("State"), kind="tag", value=state_of, tags=GRANT_STATES),
        Column("mode", _l("What may be done"), value=lambda row: MODES[row.may_write]),
        Column("reason", _l("Reason"), wrap=True),
        Column("hours", _l("For how many hours"), kind="number"),
        Column("ends_at", _l("Until"), kind="datetime"),
        Column("ended_at", _l("Ended at"), kind="datetime"),
        Column("ender_name", _l("Ended by")),
    ],
    filters=[
        Filter.text("by", _l("Doors opened by"), column=SupportGrant.giver_name, match="contains"),
        Filter.text("reason", _l("Reason"), column=SupportGrant.reason, match="contains"),
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
    row_url=lambda row: url_for("support.show", public_id=row.public_id),
    actions=[
        RowAction(
            _l("End now"),
            lambda row: url_for("support.end", public_id=row.public_id),
            post=True,
            confirm=lambda _row: _("End the support access now?"),
            visible=lambda row: row.is_open,
        )
    ],
    empty_title=_l("Nobody was ever let in"),
    empty_hint=_l("When the operator is to help you, open the doors for some hours here."),
    empty_icon="lifebuoy",
)
describe_export(events.GRANTS_EXPORTED, _l("List of support access exported"), LISTING)


@blueprint.get("/settings/support/")
@requires(Permission.Workspace.SUPPORT)
def index() -> BaseResponse:
    def log(count: int, filters: Any) -> None:
        record_export(events.GRANTS_EXPORTED, count=count, filters=filters, by=signed_in_user())

    return LISTING.respond(
        queries.grants_of(tenancy.current().id),
        control_session(),
        "trust/grants.html",
        on_export=log,
        grant=queries.open_grant(tenancy.current().id),
    )


@blueprint.get("/settings/support/<public_id>")
@requires(Permission.Workspace.SUPPORT)
def show(public_id: str) -> Response:
    grant = access.grant(public_id)
    return page(
        "trust/grant.html",
        grant=grant,
        state=GRANT_STATES[state_of(grant)],
        mode=MODES[grant.may_write],
        events=as_events(log_of(public_id, limit=SHOWN)),
    )


@blueprint.route("/settings/support/new", methods=["GET", "POST"])
@requires(Permission.Workspace.SUPPORT)
def new() -> BaseResponse:
    form = GrantForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.grant_support(
                current_session(),
                password=form.password.data,
                hours=form.hours.data or 0,
                reason=form.reason.data,
                may_write=form.mode.data == CHANGE,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("support.index"), _("The operator may look in, and has been told."))
    return page("trust/grant_form.html", form=form, http_status=form.status)


@blueprint.post("/settings/support/end")
@requires(Permission.Workspace.SUPPORT)
def end_open() -> BaseResponse:
    """End what is open, from the banner above any page; nothing happens when nothing is."""
    grant = queries.open_grant(tenancy.current().id)
    if grant is not None:
        services.end_support(grant, by=signed_in_user())
    return go(url_for("support.index"), _("The doors are shut; whoever was inside is out."))


@blueprint.post("/settings/support/<public_id>/end")
@requires(Permission.Workspace.SUPPORT)
def end(public_id: str) -> BaseResponse:
    services.end_support(access.grant(public_id), by=signed_in_user())
    return go(url_for("support.index"), _("The doors are shut; whoever was inside is out."))
