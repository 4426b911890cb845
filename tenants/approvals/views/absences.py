"""My absences, and who decides for me meanwhile."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import access as people
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.approvals import access, queries, services
from tenants.approvals.forms import AbsenceForm
from tenants.approvals.views.blueprint import blueprint


@blueprint.route("/absences/", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def absences() -> BaseResponse:
    me = signed_in_user()
    form = AbsenceForm()
    others = queries.colleagues(besides=[me.id])
    form.substitute.refill([(one.public_id, one.name) for one in others])
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_absence(
                me,
                substitute=people.user(form.substitute.value),
                **form.typed("first_on", "last_on"),
                by=me,
            )
        )
        if added is not None:
            return go(
                url_for("approvals.absences"),
                _("%(name)s decides for you meanwhile.", name=added.substitute.name),
            )
    return page(
        "approvals/absences.html",
        http_status=form.status,
        form=form,
        absences=queries.absences_of(me),
        today=clock.today(),
    )


@blueprint.post("/absences/<public_id>/end")
@requires(Permission.Approval.VIEW)
def end_absence(public_id: str) -> BaseResponse:
    me = signed_in_user()
    services.end_absence(access.absence(public_id, me), by=me)
    return go(url_for("approvals.absences"), _("You decide for yourself again."))
