"""Favourites: the page that lists them, and the stars that make them."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, signed_in
from kit.web import Star, back_url, go, page, wants_fragment
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.backoffice import search
from tenants.desk.favourites import (
    PAGE,
    add_favourite,
    drop_favourite,
    favourites_of,
    is_favourite,
)

blueprint = RealmBlueprint(
    "favourites", __name__, realm=OFFICE, url_prefix="/favourites", template_folder="templates"
)
blueprints = (blueprint,)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    """List what the person keeps at hand, at most sixty; `short` is the piece of the home page."""
    return page(
        "backoffice/favourites.html",
        hits=search.recall(favourites_of(signed_in_user())),
        is_short="short" in request.args,
    )


@blueprint.get("/star")
@signed_in
def star() -> BaseResponse:
    """Answer a page of the menu with its star."""
    if not wants_fragment():
        return redirect(url_for("favourites.index"))
    key = request.args.get("key", "")[:80]
    is_on = is_favourite(signed_in_user(), PAGE, key)
    mark = Star(url_for("favourites.change"), PAGE, key, is_on)
    return BaseResponse(render_template("kit/_star.html", star=mark), mimetype="text/html")


@blueprint.post("/")
@signed_in
def change() -> BaseResponse:
    """Set a star or take it away; Missing for what the person may not see."""
    user = signed_in_user()
    kind, key = request.form.get("kind", "")[:40], request.form.get("key", "")[:80]
    is_on = bool(request.form.get("on"))
    if is_on:
        if not search.recall([(kind, key)]):
            raise Missing(key)
        add_favourite(user, kind, key)
    else:
        drop_favourite(user, kind, key)
    if wants_fragment():
        name = request.form.get("name", "")[:200]
        star = Star(url_for("favourites.change"), kind, key, is_on, name)
        return BaseResponse(render_template("kit/_star.html", star=star), mimetype="text/html")
    said = _("Added to the favourites.") if is_on else _("Taken out of the favourites.")
    return go(back_url(url_for("favourites.index")), said)
