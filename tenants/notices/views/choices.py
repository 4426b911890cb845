"""What one wants to hear of, by which way and how soon."""

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts.models import User
from tenants.accounts.realm import signed_in_user
from tenants.notices import queries, services
from tenants.notices.forms import ChoicesForm
from tenants.notices.labels import WAYS
from tenants.notices.models import Pace, Way
from tenants.notices.services.choices import WITH_ADDRESS
from tenants.notices.views.blueprint import blueprint

OUT = [one for one in Way if one != Way.INBOX]


@blueprint.route("/choices", methods=["GET", "POST"])
@signed_in
def choices() -> BaseResponse:
    me = signed_in_user()
    form = ChoicesForm()
    if not form.is_submitted():
        _fill(form, me)
    if form.validate_on_submit():
        form.attempt(lambda: _save(form, me))
        if not form.refused:
            return go(url_for("notices.choices"), _("Saved."))
    return page(
        "notices/choices.html",
        http_status=form.status,
        form=form,
        matrix=queries.matrix_for(me),
        ways=WAYS,
        typed=set(request.form.getlist("on")) if form.is_submitted() else None,
    )


def _fill(form: ChoicesForm, me: User) -> None:
    known = queries.addresses_of([me])
    for way in OUT:
        found = known.get((me.id, way))
        form[f"{way.value}_pace"].data = queries.pace_of(found).value
        if way in WITH_ADDRESS and found is not None:
            form[f"{way.value}_address"].data = found.address


def _save(form: ChoicesForm, me: User) -> None:
    cells = [one.partition("|") for one in request.form.getlist("on")]
    services.choose(
        me,
        on=[(kind, way) for kind, _bar, way in cells],
        reach={
            way: (
                Pace(form[f"{way.value}_pace"].value),
                (form[f"{way.value}_address"].data or "") if way in WITH_ADDRESS else "",
            )
            for way in OUT
        },
    )
