"""The end of workspaces: ask for it, take it back, the certificate."""

from datetime import datetime

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.accounts import standing_now
from control.billing.grace import renewing_of
from control.billing.queries import find_account
from control.billing.schedule import schedule_now
from control.billing.standing import kept_until
from control.console import access
from control.console.forms import ReasonForm
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.workspaces import services
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from kit import clock
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page


@blueprint.route("/workspaces/<public_id>/close", methods=["GET", "POST"])
@signed_in
def close(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = ReasonForm(found)
    if form.validate_on_submit():
        form.attempt(lambda: services.ask_closing(found, reason=form.reason.data, by=operator()))
        if not form.refused:
            directory.forget()
            return go(
                url_for("console.workspace", public_id=public_id),
                _("The time of grace has begun."),
            )
    return page(
        "console/close.html",
        workspace=found,
        kept_until=_promised(found),
        plan=renewing_of(found.id),
        form=form,
        http_status=form.status,
    )


def _promised(workspace: Workspace) -> datetime | None:
    """Return the day to come before which its owner was told that nothing is deleted; or None."""
    account = find_account(workspace)
    until = kept_until(standing_now(account), schedule_now()) if account else None
    return until if until and until > clock.now() else None


@blueprint.post("/workspaces/<public_id>/keep")
@signed_in
def keep(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    services.take_back_closing(found, by=operator())
    directory.forget()
    return go(
        url_for("console.workspace", public_id=public_id), _("The workspace stays, as it was.")
    )


@blueprint.get("/certificates/<public_id>")
@signed_in
def certificate(public_id: str) -> Response:
    found = access.certificate(public_id)
    return page("console/certificate.html", layout="kit/print.html", certificate=found)
