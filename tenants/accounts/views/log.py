"""The audit log."""

from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, or_
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.audit import AuditEntry
from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Listing
from tenants.accounts import queries, wording
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.timeline import actor_name, describe_export
from tenants.accounts.views.blueprint import blueprint

EXPORTED = audit.Event.named("audit:exported", "count", "filters")
_ACTORS = {
    "user": _l("User"),
    "channel_user": _l("Channel user"),
    "operator": _l("Platform operator"),
    "system": _l("System"),
}


def _by_actor(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(
        or_(AuditEntry.actor_name.contains(text, autoescape=True), AuditEntry.actor_id == text)
    )


def _about(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(or_(AuditEntry.subject_id == text, AuditEntry.subject_kind == text))


def _code(text: str) -> Markup:
    return Markup('<span translate="no">{}</span>').format(text)


LISTING = Listing(
    name="audit",
    columns=[
        Column("created_at", _l("Time"), kind="datetime"),
        Column(
            "event",
            _l("What was done"),
            value=lambda entry: wording.name_of(entry.event),
        ),
        Column(
            "actor_name",
            _l("By whom"),
            value=actor_name,
            second=lambda entry: "" if entry.actor_kind == "system" else _ACTORS[entry.actor_kind],
            markup=lambda entry: _code(actor_name(entry)),
        ),
        Column(
            "subject_kind",
            _l("Record"),
            value=lambda entry: wording.subject_name(entry.subject_kind),
        ),
        Column("subject_id", _l("Record id"), text=True, copy=True, hidden=True),
        Column(
            "details",
            _l("Details"),
            value=lambda entry: wording.as_text(entry, internal=True),
            markup=lambda entry: _code(wording.as_text(entry, internal=True)),
            wrap=True,
        ),
        Column("address", _l("IP address"), text=True),
    ],
    filters=[
        Filter.choice("event", _l("What was done"), wording.named_events, column=AuditEntry.event),
        Filter.text("actor", _l("By whom"), apply=_by_actor),
        Filter.text("subject", _l("Record id"), apply=_about),
        Filter.date_range("at", _l("Time"), column=AuditEntry.created_at),
    ],
    empty_title=_l("Nothing has happened yet"),
    empty_icon="history",
)
describe_export(EXPORTED, _l("Audit log exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Audit log"),
    event=EXPORTED,
    permission=Permission.Audit.VIEW,
    statement=lambda _person, _args: queries.audit_log(),
)


@blueprint.get("/audit/")
@requires(Permission.Audit.VIEW)
def audit_log() -> BaseResponse:
    return LISTING.respond(queries.audit_log(), session(), "accounts/audit.html")
