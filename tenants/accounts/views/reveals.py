"""The log of reveals, one's own and everybody's, and how many a role may make a day."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, func, or_
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import Column, Filter, Listing, go, page
from tenants.accounts import access, queries, services
from tenants.accounts.forms import CeilingForm, ReasonForm
from tenants.accounts.kinds import FIELDS, find_kind, kind_label, kinds
from tenants.accounts.labels import PURPOSES, REVEAL_WAYS
from tenants.accounts.models import Purpose, Reveal, User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import current_session, signed_in_user
from tenants.accounts.services.reveals import Given
from tenants.accounts.timeline import describe_export
from tenants.accounts.views.blueprint import blueprint

EXPORTED = audit.Event.named("reveals:exported", "count", "filters")


def _of_person(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(
        Reveal.user.has(
            or_(
                User.name.contains(text, autoescape=True),
                func.lower(User.username).contains(text.lower(), autoescape=True),
            )
        )
    )


def _kinds() -> list[tuple[str, object]]:
    return [(kind.code, kind.label) for kind in kinds() if kind.shielded]


def _kind(row: Reveal) -> object:
    return kind_label(row.kind)


_COLUMNS = (
    Column("created_at", _l("Time"), kind="datetime"),
    Column("record_name", _l("Record"), second=_kind, text=True),
    Column("field", _l("Field"), value=lambda row: FIELDS.get(row.field, row.field)),
    Column("way", _l("How"), value=lambda row: REVEAL_WAYS[row.way]),
    Column("purpose", _l("Purpose"), value=lambda row: PURPOSES[row.purpose]),
    Column("reason", _l("In your own words"), wrap=True),
    Column("ip_address", _l("IP address"), text=True),
)
_FILTERS = (
    Filter.choice("kind", _l("Record"), _kinds, column=Reveal.kind),
    Filter.choice("field", _l("Field"), list(FIELDS.items()), column=Reveal.field),
    Filter.choice("way", _l("How"), list(REVEAL_WAYS.items()), column=Reveal.way),
    Filter.choice("purpose", _l("Purpose"), list(PURPOSES.items()), column=Reveal.purpose),
    Filter.date_range("at", _l("Time"), column=Reveal.created_at),
)
_NONE = {"empty_title": _l("Nothing has been revealed yet"), "empty_icon": "eye-off"}


def _url(row: Reveal) -> str:
    kind = find_kind(row.kind)
    return kind.url(row.record_id) if kind else ""


ALL = Listing(
    name="reveals",
    columns=[
        _COLUMNS[0],
        Column("user", _l("User"), value="user.name", second="user.username"),
        *_COLUMNS[1:],
    ],
    filters=[Filter.search(_of_person, placeholder=_l("Name or username")), *_FILTERS],
    row_url=_url,
    **_NONE,
)
OWN = Listing(name="own_reveals", columns=list(_COLUMNS), filters=[*_FILTERS], **_NONE)
describe_export(EXPORTED, _l("Log of reveals exported"), ALL, OWN)


def _log(listing: Listing) -> Any:
    def log(count: int, filters: Any) -> None:
        services.record_export(
            EXPORTED,
            count=count,
            filters={**filters, "list": listing.name},
            by=signed_in_user(),
        )

    return log


@blueprint.get("/audit/reveals")
@requires(Permission.Audit.VIEW)
def reveals() -> BaseResponse:
    return ALL.respond(queries.reveals(), session(), "accounts/reveals.html", on_export=_log(ALL))


@blueprint.route("/account/reveals", methods=["GET", "POST"])
@signed_in
def own_reveals() -> BaseResponse:
    user = signed_in_user()
    form = ReasonForm()
    if form.validate_on_submit():
        why = Given(Purpose(form.purpose.value), form.reason.data or "")
        form.attempt(lambda: services.begin_task(current_session(), why=why, by=user))
        if not form.refused:
            return go(url_for("accounts.own_reveals"), _("One tap is enough now."))
    return OWN.respond(
        queries.reveals_of(user),
        session(),
        "accounts/own_reveals.html",
        on_export=_log(OWN),
        form=form,
        task=queries.reveal_task(current_session()),
        today=services.revealed_today(user),
        purposes=PURPOSES,
        http_status=form.status,
    )


@blueprint.post("/account/reveals/end")
@signed_in
def end_reveal_task() -> BaseResponse:
    services.end_task(current_session(), by=signed_in_user())
    return go(url_for("accounts.own_reveals"), _("Each reveal asks for its reason again."))


@blueprint.route("/roles/<public_id>/reveals", methods=["GET", "POST"])
@requires(Permission.Workspace.SECURE)
def ceiling(public_id: str) -> BaseResponse:
    role = access.role(public_id)
    back = url_for("accounts.roles")
    form = CeilingForm(obj=role, data={"most": role.reveals_a_day})
    if form.validate_on_submit():
        form.attempt(
            lambda: services.set_ceiling(
                role,
                version=form.version.data or 0,
                most=form.most.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page("accounts/ceiling.html", role=role, form=form, back=back, http_status=form.status)
