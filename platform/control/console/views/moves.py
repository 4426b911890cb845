"""Move a workspace to another cell: ask, watch, take back."""

from flask import Response, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.console import access
from control.console.forms import MoveForm
from control.console.labels import MOVE_STEPS, OPERATION_STATES
from control.console.realm import blueprint
from control.moving import queries, services
from control.operations.models import OPEN
from control.workspaces.models import Workspace
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import done, go, page


def _page(found: Workspace, form: MoveForm, *, status: int = 200) -> Response:
    move = queries.latest_move(found)
    is_open = move is not None and move.state in OPEN
    return page(
        "console/move.html",
        workspace=found,
        form=form,
        move=move,
        is_open=is_open,
        may_stop=is_open and move is not None and move.step in services.BEFORE_FENCE,
        states=OPERATION_STATES,
        step=MOVE_STEPS.get(move.step, move.step) if move else "",
        http_status=status,
    )


@blueprint.get("/workspaces/<public_id>/move")
@signed_in
def move(public_id: str) -> Response:
    found = access.workspace(public_id)
    return _page(found, MoveForm(queries.other_cells(found)))


@blueprint.post("/workspaces/<public_id>/move")
@signed_in
def ask_move(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = MoveForm(queries.other_cells(found))
    if form.validate():
        form.attempt(
            lambda: services.ask_move(
                found,
                target=form.target.value,
                method=form.method.value,
                by=current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
            )
        )
    if form.refused:
        return _page(found, form, status=form.status)
    return go(
        url_for("console.move", public_id=public_id),
        _("%(name)s is being moved.", name=found.name),
    )


@blueprint.post("/workspaces/<public_id>/move/stop")
@signed_in
def stop_move(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    asked = queries.latest_move(found)
    if asked is None:
        raise Missing("move")
    services.stop_move(asked, by=current_user._get_current_object())  # noqa: SLF001
    return done(
        _("The move is being taken back."), url=url_for("console.move", public_id=public_id)
    )
