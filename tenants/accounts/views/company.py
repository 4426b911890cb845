"""The company's profile, and its logo for every page of the workspace."""

from flask import Response, request, url_for
from PIL import Image
from werkzeug.wrappers import Response as BaseResponse

from kit import files
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.security import public, requires
from kit.web import go, page
from kit.web.stored import send_stored
from tenants.accounts import queries, services
from tenants.accounts.brand import forget_brand
from tenants.accounts.forms import ProfileForm
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.views.blueprint import blueprint

_YEAR = 365 * 24 * 3600
_HOUR = 3600


@blueprint.route("/settings/profile", methods=["GET", "POST"])
@requires(Permission.Workspace.EDIT)
def profile() -> BaseResponse:
    found = queries.profile()
    form = ProfileForm(obj=found)
    if form.validate_on_submit():
        upload = form.logo.data
        form.attempt(
            lambda: services.edit_profile(
                found,
                version=form.version.data or 0,
                company=form.company.data,
                contact_name=form.contact_name.data or "",
                contact_phone=form.contact_phone.data or "",
                address=form.address.data or "",
                colour=form.colour.data,
                logo=upload.stream if upload else None,
                remove_logo=form.remove_logo.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            forget_brand()
            return go(url_for("accounts.profile"), _("Saved."))
    return page(
        "accounts/profile.html", form=form, has_logo=bool(found.logo_key), http_status=form.status
    )


@blueprint.get("/brand/logo")
@public
def logo() -> Response:
    key = queries.profile().logo_key
    if not key:
        raise Missing("logo")
    with files.open_file(key) as stream, Image.open(stream) as picture:
        mimetype = Image.MIME[picture.format or "PNG"]
    # The address carries the file's key, so a new logo has a new address.
    is_current = request.args.get("v") == key
    response = send_stored(key, mimetype=mimetype, max_age=_YEAR if is_current else _HOUR)
    response.cache_control.public = True
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
