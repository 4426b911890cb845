"""A way back into a workspace whose only administrator is locked out."""

from flask import url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.closing.queries import owner_of
from control.console import access
from control.console.forms import WayBackForm
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.way_back import ask_way_back
from kit.errors import Forbidden
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page


@blueprint.route("/workspaces/<public_id>/way-back", methods=["GET", "POST"])
@signed_in
def way_back(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    if not current_user.may_let_back_in:
        raise Forbidden(public_id)
    form = WayBackForm(found)
    if form.validate_on_submit():
        form.attempt(
            lambda: ask_way_back(found, reason=form.reason.data, own=form.own.data, by=operator())
        )
        if not form.refused:
            return go(
                url_for("console.workspace", public_id=public_id),
                _("The link is on its way to the owner's mailbox; it opens once, within a day."),
            )
    return page(
        "console/way_back.html",
        workspace=found,
        owner=owner_of(found.id),
        form=form,
        http_status=form.status,
    )
