"""An operator's way in and out, and what he sees first."""

from collections.abc import Sequence

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.domains.queries import workspace_url
from control.support.queries import handed_over
from kit import tenancy
from kit.errors import Forbidden, Refused
from kit.i18n import gettext as _
from kit.security import (
    client_address,
    end_secret_cookie,
    public,
    set_secret_cookie,
    signed_in,
)
from kit.web import go, page
from kit.web.frame import MenuGroup, MenuItem, current_frame
from tenants.accounts.realm import OFFICE, supporter
from tenants.accounts.support import Supporter
from tenants.trust import services
from tenants.trust.labels import MODES
from tenants.trust.views.support import blueprint

# For whoever is nobody here, also in a browser in which somebody of the workspace is logged in.
BARE = "kit/bare.html"


def _guest() -> Supporter:
    found = supporter()
    if found is None:
        raise Forbidden("support")
    return found


@blueprint.route("/support/enter", methods=["GET", "POST"])
@public
def enter() -> BaseResponse:
    """Show what a hand-over opens; the button uses it up."""
    token = request.values.get("pass", "")[:100]
    if request.method == "POST":
        try:
            person, made = services.enter(
                token, ip_address=client_address(), user_agent=request.user_agent.string
            )
        except Refused as refusal:
            return _bare("trust/no_way_in.html", status=403, sentence=str(refusal))
        response = go(url_for("support.inside"))
        set_secret_cookie(response, OFFICE.guest_cookie, made, expires=person.ends_at)  # type: ignore[arg-type]
        return response
    visit = handed_over(token, workspace_id=tenancy.current().id)
    if visit is None:
        sentence = _("This way in has been used or is too old. Enter again from the console.")
        return _bare("trust/no_way_in.html", status=403, sentence=sentence)
    return _bare("trust/enter.html", visit=visit, token=token, mode=MODES[visit.may_write])


def _bare(template: str, *, status: int = 200, **context: object) -> Response:
    response = page(template, http_status=status, layout=BARE, **context)
    # The address is a secret for a minute: it travels on nowhere and stays in no cache.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/support/")
@signed_in
def inside() -> Response:
    guest = _guest()
    return page("trust/inside.html", guest=guest, mode=MODES[guest.may_write], pages=_pages())


def _pages() -> Sequence[MenuItem]:
    return [
        item
        for one in current_frame().menu
        for item in (one.shown if isinstance(one, MenuGroup) else [one])
        if item.visible()
    ]


@blueprint.get("/support/still")
@signed_in
def still() -> Response:
    """Answer a banner that asks whether the visit goes on; when not, the gate leads out."""
    _guest()
    return Response(status=204)


@blueprint.post("/support/leave")
@signed_in
def leave() -> BaseResponse:
    services.leave(_guest())
    response = go(url_for("support.left"))
    end_secret_cookie(response, OFFICE.guest_cookie)  # type: ignore[arg-type]
    return response


@blueprint.get("/support/left")
@public
def left() -> Response:
    return page(
        "trust/left.html", layout=BARE, console=workspace_url("console", "/console/support")
    )
