"""The operation log: who did what to what, from where; and whether it still says what it said."""

from typing import Any

from flask import current_app, url_for
from markupsafe import Markup
from sqlalchemy import Select, or_
from werkzeug.wrappers import Response as BaseResponse

from kit import seals
from kit.audit import AuditEntry
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import find_job
from kit.security import requires
from kit.web import Column, Filter, Listing, go, page
from kit.web.devices import device
from tenants.accounts import queries as accounts
from tenants.accounts import wording
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import actor_name, describe_export
from tenants.setup import access, jobs, queries, services
from tenants.setup.events import LOG_EXPORTED
from tenants.setup.labels import FINDINGS
from tenants.setup.models import AuditCheck
from tenants.setup.views.blueprint import logging as blueprint

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


def _code(text: str) -> Markup:
    return Markup('<span translate="no">{}</span>').format(text)


def _record(entry: AuditEntry) -> Markup:
    name, url = wording.subject_name(entry.subject_kind), record_url(entry)
    if url is None:
        return Markup("{}").format(str(name))
    return Markup('<a href="{}" data-drawer>{}</a>').format(url, str(name))


def record_url(entry: AuditEntry) -> str | None:
    """Return where a row's record is shown; None without a page, or for who may not open it."""
    found = wording.page_of(entry.subject_kind)
    if found is None or found[0] not in current_app.view_functions:
        return None
    if not signed_in_user().can(found[1]):
        return None
    return url_for(found[0], public_id=entry.subject_id)


def _actor_kind(entry: AuditEntry) -> object:
    return "" if entry.actor_kind == "system" else _ACTORS[entry.actor_kind]


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
            second=_actor_kind,
            markup=lambda entry: _code(actor_name(entry)),
        ),
        Column(
            "subject_kind",
            _l("Record"),
            value=lambda entry: wording.subject_name(entry.subject_kind),
            markup=_record,
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
        Column(
            "device",
            _l("Device"),
            value=lambda entry: device(entry.device) if entry.device else "",
            markup=lambda entry: _code(device(entry.device) if entry.device else "–"),
        ),
        Column("id", _l("Row number"), text=True, hidden=True),
    ],
    filters=[
        Filter.choice("event", _l("What was done"), wording.named_events, column=AuditEntry.event),
        Filter.text("actor", _l("By whom"), apply=_by_actor),
        Filter.choice(
            "kind", _l("Kind of record"), wording.named_subjects, column=AuditEntry.subject_kind
        ),
        Filter.text("subject", _l("Record id"), column=AuditEntry.subject_id, folded=True),
        Filter.choice(
            "actors",
            _l("Kind of person"),
            list(_ACTORS.items()),
            column=AuditEntry.actor_kind,
            folded=True,
        ),
        Filter.text("address", _l("IP address"), column=AuditEntry.address, folded=True),
        Filter.date_range("at", _l("Time"), column=AuditEntry.created_at),
    ],
    row_url=lambda entry: url_for("log.show", public_id=entry.public_id),
    empty_title=_l("Nothing has happened yet"),
    empty_icon="history",
)
describe_export(LOG_EXPORTED, _l("Audit log exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Audit log"),
    event=LOG_EXPORTED,
    permission=Permission.Audit.VIEW,
    statement=lambda _person, _args: accounts.audit_log(),
)


@blueprint.get("/")
@requires(Permission.Audit.VIEW)
def index() -> BaseResponse:
    return LISTING.respond(
        accounts.audit_log(),
        session(),
        "setup/log.html",
        sealed=seals.last_seal(),
        check=queries.last_check(),
    )


@blueprint.get("/rows/<public_id>")
@requires(Permission.Audit.VIEW)
def show(public_id: str) -> BaseResponse:
    entry = access.entry(public_id)
    return page(
        "setup/entry.html",
        entry=entry,
        title=wording.name_of(entry.event),
        actor=actor_name(entry),
        actor_kind=_ACTORS.get(entry.actor_kind, entry.actor_kind),
        record=wording.subject_name(entry.subject_kind),
        record_url=record_url(entry),
        device=device(entry.device) if entry.device else "",
        lines=wording.as_lines(entry),
    )


@blueprint.get("/seals")
@requires(Permission.Audit.VIEW)
def proof() -> BaseResponse:
    """Show how far the log is sealed, and what the last comparison found."""
    check = queries.last_check()
    return page(
        "setup/seals.html",
        sealed=seals.last_seal(),
        check=check,
        findings=_findings(check) if check else [],
        labels=FINDINGS,
    )


def _findings(check: AuditCheck) -> list[dict[str, Any]]:
    found = []
    for name, label in FINDINGS.items():
        one = check.findings.get(name)
        if one:
            entries = queries.entries_by_id(one["ids"]) if name != "broken" else []
            shown = {entry.id: entry for entry in entries}
            rows = [(number, shown.get(number)) for number in one["ids"]]
            found.append(
                {"label": label, "count": one["count"], "rows": rows, "is_bad": name != "waiting"}
            )
    return found


@blueprint.post("/verify")
@requires(Permission.Audit.VERIFY)
def verify() -> BaseResponse:
    job_id = services.ask_check(jobs.check_audit, by=signed_in_user())
    return go(
        url_for("log.progress", job_id=job_id), _("The log is being compared with its seals.")
    )


@blueprint.get("/verify/<job_id>")
@requires(Permission.Audit.VERIFY)
def progress(job_id: str) -> BaseResponse:
    """Wait for a comparison; the page asks again by itself until it is done."""
    found = find_job(job_id)
    if found is None or found.has_ended:
        return go(url_for("log.proof"))
    return page("setup/checking.html", job_id=job_id)
