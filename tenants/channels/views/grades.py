"""Grades of channels."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.channels import access, queries, services
from tenants.channels.forms import GradeForm
from tenants.channels.views.blueprint import channels


@channels.get("/grades/")
@requires(Permission.Channel.VIEW)
def grades() -> Response:
    return page(
        "channels/grades.html",
        rows=queries.grades_with_counts(),
        can=signed_in_user().can,
        P=Permission,
    )


@channels.route("/grades/new", methods=["GET", "POST"])
@requires(Permission.Channel.EDIT)
def new_grade() -> BaseResponse:
    form = GradeForm()
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_grade(
                name=form.name.data or "", rank=form.rank.data or 1, by=signed_in_user()
            )
        )
        if added is not None:
            return go(url_for("channels.grades"), _("Saved."))
    return page(
        "channels/act.html",
        form=form,
        title=_("Add a grade"),
        submit=_("Save"),
        back=url_for("channels.grades"),
        http_status=form.status,
    )


@channels.route("/grades/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Channel.EDIT)
def edit_grade(public_id: str) -> BaseResponse:
    grade = access.grade(public_id)
    form = GradeForm(data={"name": grade.name, "rank": grade.rank, "version": grade.version})
    if form.validate_on_submit():
        changed = form.attempt(
            lambda: services.edit_grade(
                grade,
                version=form.version.data,
                name=form.name.data or "",
                rank=form.rank.data or 1,
                by=signed_in_user(),
            )
        )
        if changed is not None:
            return go(url_for("channels.grades"), _("Saved."))
    return page(
        "channels/act.html",
        form=form,
        title=_("Edit the grade %(name)s", name=grade.name),
        submit=_("Save"),
        back=url_for("channels.grades"),
        http_status=form.status,
    )


@channels.post("/grades/<public_id>/delete")
@requires(Permission.Channel.EDIT)
def delete_grade(public_id: str) -> BaseResponse:
    grade = access.grade(public_id)
    services.delete_grade(grade, by=signed_in_user())
    return go(
        url_for("channels.grades"), _("The grade %(name)s has been deleted.", name=grade.name)
    )
