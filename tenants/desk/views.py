"""Pages and answers of a person's own desk."""

from flask import Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import RealmBlueprint, signed_in
from kit.web import page, safe_next, toast, wants_fragment
from kit.web.listing.asked import conditions, parsed
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import find_role, role_options
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.desk import access, queries, services
from tenants.desk.forms import ViewForm
from tenants.desk.models import Audience, SavedView
from tenants.desk.services import ViewDraft

blueprint = RealmBlueprint(
    "desk", __name__, realm=OFFICE, url_prefix="/desk", template_folder="templates"
)
blueprints = (blueprint,)


@blueprint.route("/views/new", methods=["GET", "POST"])
@signed_in
def new() -> BaseResponse:
    form = ViewForm(data=_asked())
    if not form.listing.data:
        return redirect(url_for("backoffice.home"))
    _offer(form)
    del form.takes_over
    if form.validate_on_submit():
        view = form.attempt(
            lambda: services.save_view(
                signed_in_user(), listing=form.listing.data, draft=_draft(form, form.query.data)
            )
        )
        if view is not None:
            return _show(view, _("The view %(name)s has been saved.", name=view.name))
    return page(
        "desk/view.html",
        form=form,
        title=_("Save as a view"),
        back=_path(form.path.data),
        view=None,
        http_status=form.status,
    )


@blueprint.route("/views/<public_id>", methods=["GET", "POST"])
@signed_in
def edit(public_id: str) -> BaseResponse:
    user = signed_in_user()
    view = access.view(public_id, user)
    is_own = view.user_id == user.id
    _views, setting = queries.desk_of(user, view.listing)
    is_default = setting is not None and setting.view_id == view.id
    form = ViewForm(
        data=_asked()
        | {
            "listing": view.listing,
            "name": view.name,
            "audience": view.audience,
            "role": view.role.public_id if view.role else None,
            "is_default": is_default,
            "version": view.version,
        }
    )
    _offer(form, view)
    if not is_own:
        del form.name, form.audience, form.role, form.takes_over
    elif conditions(MultiDict(parsed(form.query.data or ""))) == view.query:
        del form.takes_over
    if form.validate_on_submit():
        _change(form, view, is_own=is_own)
        if not form.refused:
            return _show(view, _("Saved."))
    return page(
        "desk/view.html",
        form=form,
        title=_("Change the view %(name)s", name=view.name),
        back=_path(form.path.data),
        view=view if is_own else None,
        http_status=form.status,
    )


def _change(form: ViewForm, view: SavedView, *, is_own: bool) -> None:
    user = signed_in_user()
    if not is_own:
        services.prefer_view(view, is_default=form.is_default.data, by=user)
        return
    takes_over = "takes_over" in form and form.takes_over.data
    draft = _draft(form, form.query.data if takes_over else view.query)
    form.attempt(lambda: services.edit_view(view, draft, version=form.version.data or 0, by=user))


@blueprint.post("/views/<public_id>/delete")
@signed_in
def delete(public_id: str) -> BaseResponse:
    view = access.view(public_id, signed_in_user())
    name = view.name
    services.delete_view(view, by=signed_in_user())
    toast(_("The view %(name)s has been deleted.", name=name), "success")
    return _leave(_path(request.form.get("path")))


@blueprint.post("/lists")
@signed_in
def arrange() -> Response:
    """Keep columns and density of a list."""
    services.arrange(
        signed_in_user(),
        listing=request.form.get("listing", ""),
        columns=request.form.get("cols", "")[:4_000].split(","),
        density=request.form.get("density", ""),
    )
    return Response(status=204)


@blueprint.get("/queries")
@signed_in
def history() -> Response:
    """Show what the person asked of a list before, for the list's menu."""
    listing = request.args.get("listing", "")
    return page(
        "desk/history.html",
        past=queries.past_queries(signed_in_user(), listing),
        listing=listing,
        path=_path(request.args.get("path")),
    )


@blueprint.post("/queries")
@signed_in
def remember() -> Response:
    """Keep a query that a list has just answered; its page sends this after the rows have come."""
    found = request.form.get("found", "")
    services.remember(
        signed_in_user(),
        listing=request.form.get("listing", ""),
        query=conditions(MultiDict(parsed(request.form.get("query", "")))),
        words=request.form.get("words", ""),
        found=int(found) if found.isascii() and found.isdigit() and len(found) < 9 else 0,
    )
    return Response(status=204)


@blueprint.post("/queries/forget")
@signed_in
def forget() -> BaseResponse:
    services.forget(signed_in_user(), listing=request.form.get("listing", ""))
    toast(_("Your past queries of this list are forgotten."), "success")
    return _leave(_path(request.form.get("path")))


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "") for name in ("listing", "query", "path")}


def _offer(form: ViewForm, view: SavedView | None = None) -> None:
    """Offer only what the person may do: who may not share keeps a view to himself."""
    form.role.refill(role_options())
    is_shared = view is not None and view.audience != Audience.OWN
    if not is_shared and not signed_in_user().can(Permission.Desk.SHARE):
        del form.audience, form.role


def _draft(form: ViewForm, query: str | None) -> ViewDraft:
    audience, role = Audience.OWN, None
    if "audience" in form:
        audience = Audience(form.audience.value)
        role = find_role(form.role.data) if form.role.data else None
    return ViewDraft(
        name=form.name.data or "",
        query=conditions(MultiDict(parsed(query or ""))),
        audience=audience,
        role=role,
        is_default=form.is_default.data,
    )


def _path(text: str | None) -> str:
    return safe_next(text, url_for("backoffice.home")).partition("?")[0]


def _show(view: SavedView, sentence: str) -> BaseResponse:
    """Go to the list as the view has it."""
    toast(sentence, "success")
    path = request.form.get("path", "")
    return _leave(f"{_path(path)}?view={view.public_id}" if path else _path(None))


def _leave(url: str) -> BaseResponse:
    if wants_fragment():
        # The list is behind the drawer: the whole page goes there.
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)
