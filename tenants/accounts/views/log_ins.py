"""The log of log-ins: one's own, and everybody's for whoever may read the audit log."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, func, or_
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import Column, Filter, Listing, Tag, go
from kit.web.devices import device
from tenants.accounts import access, queries, services
from tenants.accounts.exports import offer_export
from tenants.accounts.labels import LOG_IN_RESULTS, LOG_IN_WAYS
from tenants.accounts.models import LogIn, LogInResult, User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.accounts.views.blueprint import blueprint

EXPORTED = audit.Event.named("log_ins:exported", "count", "filters")
_COLOURS = {LogInResult.OPENED: "green", LogInResult.SECOND_STEP: "azure"}


def _of_person(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(
        LogIn.user.has(
            or_(
                User.name.contains(text, autoescape=True),
                func.lower(User.username).contains(text.lower(), autoescape=True),
            )
        )
    )


def _result(row: LogIn) -> Tag:
    result = LogInResult(row.result)
    return Tag(LOG_IN_RESULTS[result], _COLOURS.get(result, "red"))


_COLUMNS = (
    Column("created_at", _l("Time"), kind="datetime"),
    Column("result", _l("Result"), value=_result, kind="tag"),
    Column("way", _l("How"), value=lambda row: LOG_IN_WAYS[row.way]),
    Column("user_agent", _l("Device"), value=lambda row: device(row.user_agent)),
    Column("is_new_device", _l("New device"), kind="bool"),
    Column("ip_address", _l("Place (IP address)"), text=True),
)
_FILTERS = (
    Filter.choice("result", _l("Result"), list(LOG_IN_RESULTS.items()), column=LogIn.result),
    Filter.choice("way", _l("How"), list(LOG_IN_WAYS.items()), column=LogIn.way),
    Filter.flag("new", _l("New device"), column=LogIn.is_new_device),
    Filter.date_range("at", _l("Time"), column=LogIn.created_at),
)
OWN = Listing(
    name="own_log_ins",
    columns=list(_COLUMNS),
    filters=list(_FILTERS),
    empty_title=_l("Nothing has happened yet"),
    empty_icon="login-2",
)
ALL = Listing(
    name="log_ins",
    columns=[
        _COLUMNS[0],
        Column("user", _l("User"), value="user.name", second="user.username"),
        *_COLUMNS[1:],
    ],
    filters=[Filter.search(_of_person, placeholder=_l("Name or username")), *_FILTERS],
    empty_title=_l("Nothing has happened yet"),
    empty_icon="login-2",
)
describe_export(EXPORTED, _l("Log of log-ins exported"), ALL, OWN)
OWN_SOURCE = offer_export(
    OWN,
    _l("Own log-ins"),
    event=EXPORTED,
    permission=None,
    statement=lambda person, _args: queries.log_ins_of(person),
    names_list=True,
)
SOURCE = offer_export(
    ALL,
    _l("Log of log-ins"),
    event=EXPORTED,
    permission=Permission.Audit.VIEW,
    statement=lambda _person, _args: queries.log_ins(),
    names_list=True,
)


@blueprint.get("/account/log-ins")
@signed_in
def own_log_ins() -> BaseResponse:
    statement = queries.log_ins_of(signed_in_user())
    return OWN.respond(statement, session(), "accounts/own_log_ins.html")


@blueprint.get("/audit/log-ins")
@requires(Permission.Audit.VIEW)
def log_ins() -> BaseResponse:
    return ALL.respond(queries.log_ins(), session(), "accounts/log_ins.html")


@blueprint.post("/users/<public_id>/end-log-ins")
@requires(Permission.User.EDIT)
def end_log_ins(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    count = services.end_all_sessions(found, by=signed_in_user())
    return go(
        url_for("accounts.user", public_id=public_id),
        _("%(count)s log-ins have ended.", count=count),
    )
