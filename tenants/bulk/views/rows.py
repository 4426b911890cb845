"""Wrong rows: corrected in the page, or taken away as a file."""

from flask import request, url_for
from werkzeug.wrappers import Response

from kit import audit
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts.realm import signed_in_user
from tenants.accounts.services import record_export
from tenants.bulk import access, correcting, layouts, sheets
from tenants.bulk.forms import ConfirmForm, row_form
from tenants.bulk.views.blueprint import blueprint, sheet_answer
from tenants.bulk.views.runs import state_of

EXPORTED = audit.Event.named("import:wrong_rows_exported", "count", "filters")


@blueprint.route("/<public_id>/rows/<int:line>", methods=["GET", "POST"])
@signed_in
def row(public_id: str, line: int) -> Response:
    """Show all cells of a wrong row, or check it again with what was typed into them."""
    brought, found = access.own(public_id, signed_in_user())
    kind = layouts.shaped(found, brought.options)
    wrong = correcting.WrongRow(kind, correcting.find_row(brought, line), ())
    form = row_form(kind, wrong)
    back = url_for("imports.show", public_id=public_id, page=request.args.get("page"))
    if form.validate_on_submit():
        typed = {
            name.removeprefix("cell_"): value or ""
            for name, value in form.typed().items()
            if f"{name}" in request.form
        }
        problem = form.attempt(
            lambda: correcting.correct_row(brought, line, typed, kind=found, by=signed_in_user())
        )
        if problem == "":
            if request.form.get("in_place"):
                return _in_place(public_id)
            return go(back, _("Row %(line)s is right now.", line=line))
        if problem and request.form.get("in_place"):
            return _in_place(public_id)
        if problem:
            form.refuse(Refused(problem))
    elif not form.is_submitted():
        for key, sentence in wrong.problems.items():
            form[f"cell_{key}"].errors = (sentence,)
    return page(
        "bulk/row.html",
        brought=brought,
        kind=kind,
        form=form,
        line=line,
        problem=wrong.problem,
        back=back,
        http_status=form.status,
    )


def _in_place(public_id: str) -> Response:
    brought, kind = access.brought(public_id, signed_in_user())
    return page("bulk/progress.html", **state_of(brought, kind, ConfirmForm()))


@blueprint.get("/<public_id>/wrong-rows")
@signed_in
def wrong_rows(public_id: str) -> Response:
    brought, kind = access.brought(public_id, signed_in_user())
    if kind.is_personal:
        # A file of a person's data leaves: that is an export like any other.
        record_export(
            EXPORTED,
            count=brought.bad_count,
            filters={"import": brought.public_id},
            by=signed_in_user(),
        )
    name = _("%(file)s - wrong rows", file=brought.file_name.rpartition(".")[0] or "import")
    shaped = layouts.shaped(kind, brought.options)
    return sheet_answer(sheets.wrong_rows(brought, shaped), name)
