"""Proving one's own mobile number, and answering security questions."""

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.personal import mask_phone
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts import queries, services
from tenants.accounts.forms import QuestionsForm, StepForm
from tenants.accounts.realm import signed_in_user
from tenants.accounts.views.blueprint import blueprint


@blueprint.route("/account/phone", methods=["GET", "POST"])
@signed_in
def phone() -> BaseResponse:
    user = signed_in_user()
    form = StepForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.prove_phone(user, form.code.data))
        if not form.refused:
            return go(url_for("accounts.account"), _("Your mobile number is proved."))
    return page(
        "accounts/phone.html",
        form=form,
        phone=mask_phone(user.phone) if user.phone_cipher else None,
        is_proved=user.phone_proved_at is not None,
        http_status=form.status,
    )


@blueprint.post("/account/phone/send")
@signed_in
def send_phone_code() -> BaseResponse:
    services.send_phone_code(signed_in_user())
    return go(url_for("accounts.phone"), _("A code is on its way to your mobile number."))


@blueprint.route("/account/questions", methods=["GET", "POST"])
@signed_in
def questions() -> BaseResponse:
    user = signed_in_user()
    if not queries.security_policy().security_questions:
        return redirect(url_for("accounts.account"))
    form = QuestionsForm()
    if form.validate_on_submit():
        answers = [
            (form[f"{place}_question"].data, form[f"{place}_answer"].data)
            for place in ("first", "second", "third")
        ]
        form.attempt(lambda: services.set_answers(user, answers, own=form.own.data))
        if not form.refused:
            return go(url_for("accounts.questions"), _("Your answers are kept."))
    return page(
        "accounts/questions.html",
        form=form,
        kept=queries.answers_of(user),
        http_status=form.status,
    )


@blueprint.post("/account/questions/delete")
@signed_in
def drop_answers() -> BaseResponse:
    services.drop_answers(signed_in_user())
    return go(url_for("accounts.account"), _("Your answers are deleted."))
