"""How documents are numbered."""

from dataclasses import dataclass

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events
from tenants.setup import access, numbering, services
from tenants.setup.forms import RuleForm
from tenants.setup.labels import DATE_PARTS, RESETS
from tenants.setup.numbering import Kind, Rule
from tenants.setup.services.numbering import find_row
from tenants.setup.views.blueprint import setting as blueprint


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of document as the list shows it."""

    kind: Kind
    rule: Rule
    next: str
    date: object
    reset: object


@blueprint.get("/numbering/")
@requires(Permission.Setup.VIEW)
def rules() -> BaseResponse:
    rows = []
    for kind in numbering.every_kind():
        rule = numbering.rule_of(kind)
        rows.append(
            KindRow(
                kind,
                rule,
                numbering.preview(kind, rule),
                DATE_PARTS[rule.date_part],
                RESETS[rule.reset],
            )
        )
    return page("setup/rules.html", rows=rows)


@blueprint.route("/numbering/<kind_code>", methods=["GET", "POST"])
@requires(Permission.Setup.EDIT)
def edit_rule(kind_code: str) -> BaseResponse:
    kind = access.kind(kind_code)
    row = find_row(kind)
    form = RuleForm(obj=row or kind.rule)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.set_rule(
                kind,
                version=form.version.data or 0,
                prefix=form.prefix.data or "",
                date_part=form.date_part.value,
                width=form.width.data,
                reset=form.reset.value,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            sentence = _("Saved. The next number is %(number)s.", number=numbering.preview(kind))
            return go(url_for("setup.rules"), sentence)
    return page(
        "setup/rule_form.html",
        kind=kind,
        form=form,
        next=numbering.preview(kind),
        events=as_events(log_of(row.public_id)) if row else [],
        http_status=form.status,
    )
