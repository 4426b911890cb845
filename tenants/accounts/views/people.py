"""People of the workspace."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request, url_for
from sqlalchemy import Select, func, or_
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.personal import mask_phone
from kit.security import requires
from kit.web import (
    MOST_IN_BACKGROUND,
    BulkAction,
    BulkVerb,
    Column,
    Filter,
    Listing,
    Tag,
    back_url,
    do_with_each,
    go,
    page,
    register_verb,
)
from tenants.accounts import access, queries, services
from tenants.accounts.exports import offer_export
from tenants.accounts.forms import EditUserForm, NewUserForm, SetPasswordForm
from tenants.accounts.models import Role, User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events, describe_export
from tenants.accounts.views.blueprint import blueprint

EXPORTED = audit.Event.named("users:exported", "count", "filters")


def _matching(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(
        or_(
            User.name.contains(text, autoescape=True),
            func.lower(User.username).contains(text.lower(), autoescape=True),
        )
    )


def _with_role(statement: Select[Any], public_id: str) -> Select[Any]:
    return statement.where(User.roles.any(Role.public_id == public_id))


def _in_unit(statement: Select[Any], public_id: str) -> Select[Any]:
    return statement.where(queries.works_in(public_id))


def state_tag(user: User) -> Tag:
    """Return whether a person may log in, as a coloured word."""
    if not user.is_active:
        return Tag(_l("Disabled"), "gray")
    return Tag(_l("Invited"), "azure") if user.is_invited else Tag(_l("Active"), "green")


def _bulk() -> list[BulkAction]:
    if not signed_in_user().can(Permission.User.EDIT):
        return []
    return [
        BulkAction(
            _l("Disable"),
            lambda: url_for("accounts.disable_selected"),
            icon="user-off",
            confirm=_l("Disable everybody who is selected? Their log-ins end at once."),
            danger=True,
        ),
        BulkAction(_l("Enable"), lambda: url_for("accounts.enable_selected"), icon="user-check"),
    ]


LISTING = Listing(
    name="users",
    columns=[
        Column("name", _l("Name"), second="username"),
        Column("username", _l("Username"), hidden=True),
        Column("unit", _l("Organisation unit"), value="unit.name"),
        Column("roles", _l("Roles"), value=lambda user: "、".join(r.name for r in user.roles)),
        Column(
            "phone",
            _l("Mobile number"),
            value=lambda user: mask_phone(user.phone) if user.phone else None,
            text=True,
        ),
        Column("email", _l("E-mail")),
        Column("state", _l("State"), value=state_tag, kind="tag"),
        Column("last_login_at", _l("Last log-in"), kind="datetime"),
        Column("created_at", _l("Added at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.search(_matching, placeholder=_l("Name or username")),
        Filter.choice("role", _l("Role"), queries.role_options, apply=_with_role),
        Filter.choice("unit", _l("Organisation unit"), queries.unit_options, apply=_in_unit),
        Filter.flag("active", _l("Active"), column=User.is_active),
    ],
    row_url=lambda user: url_for("accounts.user", public_id=user.public_id),
    bulk=_bulk,
    empty_title=_l("Nobody here yet"),
    empty_icon="users",
)
describe_export(EXPORTED, _l("People exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("People"),
    event=EXPORTED,
    permission=Permission.User.VIEW,
    statement=lambda _person, _args: queries.people(),
)


@blueprint.get("/users/")
@requires(Permission.User.VIEW)
def users() -> BaseResponse:
    # Files stand in a module above this one.
    has_imports = "imports.upload" in current_app.view_functions
    return LISTING.respond(
        queries.people(),
        session(),
        "accounts/users.html",
        import_url=url_for("imports.upload", kind="people") if has_imports else None,
    )


@blueprint.post("/users/disable-selected")
@requires(Permission.User.EDIT)
def disable_selected() -> BaseResponse:
    return _each_selected(DISABLE)


@blueprint.post("/users/enable-selected")
@requires(Permission.User.EDIT)
def enable_selected() -> BaseResponse:
    return _each_selected(ENABLE)


def _each_selected(verb: BulkVerb) -> BaseResponse:
    return do_with_each(
        verb,
        LISTING.selected(queries.people(), session(), request.form, most=MOST_IN_BACKGROUND),
        person=signed_in_user(),
        back=back_url(url_for("accounts.users")),
    )


def _verb(code: str, title: object, act: Callable[[User, User], object]) -> BulkVerb:
    return register_verb(
        BulkVerb(
            code=f"users.{code}",
            title=title,
            permission=Permission.User.EDIT,
            fetch=lambda key, _person, _values: access.user(key),
            act=lambda one, person, _values: act(one, person),
            name=lambda one: one.name,
        )
    )


DISABLE = _verb(
    "disable", _l("Disable people"), lambda one, person: services.disable_user(one, by=person)
)
ENABLE = _verb(
    "enable", _l("Enable people"), lambda one, person: services.enable_user(one, by=person)
)


@blueprint.get("/users/<public_id>")
@requires(Permission.User.VIEW)
def user(public_id: str) -> Response:
    found = access.user(public_id)
    return page(
        "accounts/user.html",
        user=found,
        state=state_tag(found),
        events=as_events(queries.log_of(found.public_id)),
        mask_phone=mask_phone,
        me=signed_in_user(),
        invitation=queries.open_invitation(found) if found.is_invited else None,
    )


def _offer(form: EditUserForm) -> None:
    form.roles.refill(queries.role_options())
    form.unit.refill(queries.unit_options())


def _place(form: EditUserForm) -> dict[str, Any]:
    unit = queries.find_unit(form.unit.data) if form.unit.data else None
    return {"unit": unit, "is_head": bool(form.is_head.data)}


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires(Permission.User.EDIT)
def new_user() -> BaseResponse:
    form = NewUserForm(data={"unit": request.args.get("unit")})
    _offer(form)
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_user(
                **form.typed("username", "name", "email", "phone", "password"),
                **_place(form),
                roles=queries.roles_by_public_id(form.roles.data),
                by=signed_in_user(),
            )
        )
        if added is not None:
            return go(
                url_for("accounts.user", public_id=added.public_id),
                _("%(name)s has been added.", name=added.name),
            )
    return page(
        "accounts/user_form.html",
        form=form,
        title=_("Add a person"),
        back=url_for("accounts.users"),
        http_status=form.status,
    )


@blueprint.route("/users/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.User.EDIT)
def edit_user(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    back = url_for("accounts.user", public_id=public_id)
    instead = {
        "roles": [role.public_id for role in found.roles],
        "unit": found.unit.public_id if found.unit else "",
    }
    form = EditUserForm(obj=found, instead=instead)
    _offer(form)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_user(
                found,
                version=form.version.data or 0,
                **form.typed("username", "name", "email", "phone"),
                **_place(form),
                roles=queries.roles_by_public_id(form.roles.data),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "accounts/user_form.html",
        form=form,
        title=_("Change %(name)s", name=found.name),
        back=back,
        http_status=form.status,
    )


@blueprint.route("/users/<public_id>/password", methods=["GET", "POST"])
@requires(Permission.User.EDIT)
def set_password(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    back = url_for("accounts.user", public_id=public_id)
    form = SetPasswordForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.set_password(
                found, password=form.password.data, own=form.own.data, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(back, _("The password is set; it must be changed at the next log-in."))
    return page(
        "accounts/user_form.html",
        form=form,
        title=_("Set a password for %(name)s", name=found.name),
        back=back,
        http_status=form.status,
    )


@blueprint.post("/users/<public_id>/disable")
@requires(Permission.User.EDIT)
def disable_user(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    services.disable_user(found, by=signed_in_user())
    return go(
        url_for("accounts.user", public_id=public_id),
        _("%(name)s can no longer log in.", name=found.name),
    )


@blueprint.post("/users/<public_id>/enable")
@requires(Permission.User.EDIT)
def enable_user(public_id: str) -> BaseResponse:
    found = access.user(public_id)
    services.enable_user(found, by=signed_in_user())
    return go(
        url_for("accounts.user", public_id=public_id),
        _("%(name)s can log in again.", name=found.name),
    )
