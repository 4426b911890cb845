"""The inbox: what waits for me, what I decided, what I submitted; and many decided at once."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, or_
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import (
    MOST_IN_BACKGROUND,
    BulkAction,
    BulkVerb,
    Column,
    Filter,
    Listing,
    StatusTabs,
    back_url,
    do_with_each,
    register_verb,
)
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.approvals import access, events, queries, services
from tenants.approvals.kinds import every_kind, kind_label
from tenants.approvals.models import Approval
from tenants.approvals.timeline import state_tag
from tenants.approvals.views.blueprint import blueprint


def _tabs() -> list[tuple[str, object]]:
    tabs = [
        ("decided", _l("Decided by me")),
        ("submitted", _l("Submitted by me")),
        ("all", _l("All I may see")),
    ]
    return tabs if signed_in_user().can(Permission.Approval.ALL) else tabs[:2]


class _Inbox(StatusTabs):
    """Tabs whose first one is what waits for the person; there is always one of them."""

    def apply(self, statement: Select[Any], value: str) -> Select[Any]:
        """Return the statement narrowed to what the tab means for the person of this request."""
        me = signed_in_user()
        match value:
            case "decided":
                return statement.where(queries.decided_by(me))
            case "submitted":
                return statement.where(Approval.submitted_by_id == me.id)
            case "all":
                return statement.where(
                    or_(
                        queries.within(reach(Permission.Approval.ALL)),
                        Approval.submitted_by_id == me.id,
                    )
                )
            case _:
                return statement.where(queries.waits_for(me))


def _step(approval: Approval) -> str | None:
    step = queries.current_step(approval)
    return step.name if step else None


def _kinds() -> Sequence[tuple[str, object]]:
    return [(one.code, one.label) for one in every_kind()]


def _bulk() -> list[BulkAction]:
    # Only what waits for the person can be decided; the other tabs are for reading.
    if request.args.get("status") in {"decided", "submitted", "all"}:
        return []
    return [
        BulkAction(
            _l("Approve"),
            lambda: url_for("approvals.approve_selected"),
            icon="check",
            confirm=_l("Approve everything that is selected?"),
        )
    ]


LISTING = Listing(
    name="approvals",
    columns=[
        Column("title", _l("Document title")),
        Column("kind", _l("Kind of document"), kind="tag", tags=kind_label),
        Column("amount", _l("Amount"), kind="money", currency=lambda one: one.currency),
        Column("state", _l("State"), kind="tag", tags=state_tag),
        Column("step", _l("Step"), value=_step),
        Column("submitted_by", _l("Submitted by"), value="submitted_by.name"),
        Column("created_at", _l("Submitted at"), kind="datetime"),
        Column("turn_began_at", _l("Waiting since"), kind="datetime", hidden=True),
        Column("ended_at", _l("Ended at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.text("title", _l("Document title"), column=Approval.title, match="contains"),
        Filter.choice("kind", _l("Kind of document"), _kinds, column=Approval.kind),
        Filter.date_range("submitted", _l("Submitted at"), column=Approval.created_at),
    ],
    tabs=_Inbox(_tabs, all_label=_l("Waiting for me")),
    row_url=lambda one: url_for("approvals.show", public_id=one.public_id),
    bulk=_bulk,
    # A selected row stands for its turn: what was selected is what is decided, once.
    key="turn_id",
    key_column=Approval.turn_id,
    identity=Approval.id,
    empty_title=_l("Nothing waits for your approval"),
    empty_hint=_l("What others submit for you to decide will stand here."),
    empty_icon="checks",
)
describe_export(events.EXPORTED, _l("Approvals exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Approvals"),
    event=events.EXPORTED,
    permission=Permission.Approval.VIEW,
    # The tabs narrow it to what the person may see.
    statement=lambda _person, _args: queries.approvals(),
)


@blueprint.get("/")
@requires(Permission.Approval.VIEW)
def index() -> BaseResponse:
    return LISTING.respond(queries.approvals(), session(), "approvals/index.html")


def _of_turn(turn: str, person: User, _values: Any) -> tuple[Approval, str]:
    # A selected row stands for its turn: the approval may be in another by now.
    return access.turn(turn, person), turn


APPROVE = register_verb(
    BulkVerb(
        code="approvals.approve",
        title=_l("Approved together"),
        permission=Permission.Approval.VIEW,
        fetch=_of_turn,
        act=lambda found, person, _values: services.approve(found[0], turn=found[1], by=person),
        name=lambda found: found[0].title,
    )
)


@blueprint.post("/approve")
@requires(Permission.Approval.VIEW)
def approve_selected() -> BaseResponse:
    """Approve what was selected, each by itself."""
    return do_with_each(
        APPROVE,
        LISTING.selected(queries.approvals(), session(), request.form, most=MOST_IN_BACKGROUND),
        person=signed_in_user(),
        back=back_url(url_for("approvals.index")),
    )
