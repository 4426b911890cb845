"""The dictionary's pages: the types, and the values of one."""

from collections.abc import Iterator

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import Tag, go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.setup import access, dictionary, services
from tenants.setup.dictionary import Type
from tenants.setup.forms import ValueForm
from tenants.setup.services.dictionary import find_row
from tenants.setup.views.blueprint import setting as blueprint


@blueprint.get("/dictionary/")
@requires(Permission.Setup.VIEW)
def types() -> BaseResponse:
    return page("setup/types.html", groups=list(_groups()))


def _groups() -> Iterator[tuple[str, list[Type]]]:
    groups: dict[str, list[Type]] = {}
    for one in dictionary.every_type():
        groups.setdefault(str(one.group), []).append(one)
    yield from groups.items()


@blueprint.get("/dictionary/<type_code>")
@requires(Permission.Setup.VIEW)
def values(type_code: str) -> BaseResponse:
    found = access.type_(type_code)
    entries = found.entries()
    return page(
        "setup/values.html",
        type=found,
        entries=entries,
        tags={one.code: Tag(one.label, one.colour) for one in entries},
    )


@blueprint.route("/dictionary/<type_code>/new", methods=["GET", "POST"])
@requires(Permission.Setup.EDIT)
def new_value(type_code: str) -> BaseResponse:
    found = access.type_(type_code)
    form = ValueForm(colour="gray")
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_value(
                found,
                label_zh=form.label_zh.data or "",
                label_en=form.label_en.data or "",
                colour=form.colour.data or "",
                by=signed_in_user(),
            )
        )
        if added is not None:
            return go(url_for("setup.values", type_code=type_code), _("Added."))
    return page("setup/value_form.html", type=found, entry=None, form=form, http_status=form.status)


@blueprint.route("/dictionary/<type_code>/<value_code>/edit", methods=["GET", "POST"])
@requires(Permission.Setup.EDIT)
def edit_value(type_code: str, value_code: str) -> BaseResponse:
    found = access.type_(type_code)
    entry = access.value(found, value_code)
    form = ValueForm(obj=find_row(found, value_code))
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_value(
                found,
                value_code,
                version=form.version.data or 0,
                label_zh=form.label_zh.data or "",
                label_en=form.label_en.data or "",
                colour=form.colour.data or "",
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("setup.values", type_code=type_code), _("Saved."))
    return page(
        "setup/value_form.html", type=found, entry=entry, form=form, http_status=form.status
    )


@blueprint.post("/dictionary/<type_code>/<value_code>/<act>")
@requires(Permission.Setup.EDIT)
def act_on_value(type_code: str, value_code: str, act: str) -> BaseResponse:
    """Move a value up or down, switch it on or off, or give it our words again."""
    found = access.type_(type_code)
    by = signed_in_user()
    acts = {
        "up": lambda: services.move_value(found, value_code, up=True, by=by),
        "down": lambda: services.move_value(found, value_code, up=False, by=by),
        "on": lambda: services.switch_value(found, value_code, active=True, by=by),
        "off": lambda: services.switch_value(found, value_code, active=False, by=by),
        "reset": lambda: services.reset_value(found, value_code, by=by),
    }
    access.value(found, value_code)
    if act not in acts:
        raise Missing(act)
    acts[act]()
    return go(url_for("setup.values", type_code=type_code), _("Saved."))
