"""Setting up flows: the kinds of documents, the steps of each, and their order."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.i18n import format_money
from kit.i18n import gettext as _
from kit.security import requires
from kit.tenancy import current
from kit.web import go, page
from tenants.accounts import queries as people
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events
from tenants.approvals import access, queries, services
from tenants.approvals.forms import FlowForm, NewFlowForm, StepForm
from tenants.approvals.kinds import Kind, every_kind, find_kind, kind_label
from tenants.approvals.labels import COMPARISONS, MODES, WHO
from tenants.approvals.models import ApprovalFlow, Comparison, FlowStep, Mode, Who
from tenants.approvals.services import Rule
from tenants.approvals.views.blueprint import flow_blueprint as blueprint


@dataclass(frozen=True, slots=True)
class Line:
    """A step as the editor shows it."""

    step: FlowStep
    who: object
    mode: object
    when: str


@blueprint.get("/")
@requires(Permission.Approval.EDIT)
def index() -> Response:
    flows = queries.flows()
    return page(
        "approvals/flows.html",
        kinds=[(kind, flows.get(kind.code)) for kind in every_kind()],
        form=NewFlowForm(),
    )


@blueprint.post("/")
@requires(Permission.Approval.EDIT)
def new() -> BaseResponse:
    kind = find_kind(request.form.get("kind", ""))
    if kind is None:
        raise Missing("kind")
    flow = services.add_flow(kind, by=signed_in_user())
    return go(url_for("approval_flows.show", public_id=flow.public_id))


@blueprint.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.Approval.EDIT)
def show(public_id: str) -> BaseResponse:
    flow = access.flow(public_id)
    form = FlowForm(obj=flow)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_flow(
                flow,
                version=form.version.data or 0,
                **form.typed("is_active", "allows_self"),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("approval_flows.show", public_id=public_id), _("Saved."))
    return page(
        "approvals/flow.html",
        http_status=form.status,
        form=form,
        flow=flow,
        kind=kind_label(flow.kind),
        lines=list(_lines(flow)),
        events=as_events(people.log_of(flow.public_id)),
    )


def _lines(flow: ApprovalFlow) -> Iterator[Line]:
    kind = find_kind(flow.kind)
    for step in flow.steps:
        who = Who(step.who)
        named: object = WHO[who]
        if who == Who.ROLE and step.role:
            named = _("Role: %(name)s", name=step.role.name)
        elif who == Who.PEOPLE:
            named = "、".join(one.name for one in step.people)
        yield Line(step, named, MODES[Mode(step.mode)], _when(step, kind))


def _when(step: FlowStep, kind: Kind | None) -> str:
    """Return for which documents a step is taken; empty for all."""
    currency = current().currency
    parts = []
    if step.amount_from is not None:
        parts.append(_("from %(amount)s", amount=format_money(step.amount_from, currency)))
    if step.amount_below is not None:
        parts.append(_("below %(amount)s", amount=format_money(step.amount_below, currency)))
    fact = kind.fact(step.fact) if kind else None
    if fact is not None:
        comparison = COMPARISONS[Comparison(step.comparison or Comparison.IS)]
        parts.append(f"{fact.label} {comparison} {fact.words(step.wanted)}")
    return str(_(", ")).join(parts)


@blueprint.route("/<public_id>/steps/new", methods=["GET", "POST"])
@requires(Permission.Approval.EDIT)
def new_step(public_id: str) -> BaseResponse:
    flow = access.flow(public_id)
    form = StepForm(data={"version": flow.version})
    _offer(form, flow)
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_step(
                flow, _rule(form), version=form.version.data or 0, by=signed_in_user()
            )
        )
        if added is not None:
            return go(_of(flow), _("The step “%(name)s” has been added.", name=added.name))
    return _form(form, flow, _("Add a step"))


@blueprint.route("/steps/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Approval.EDIT)
def edit_step(public_id: str) -> BaseResponse:
    step = access.flow_step(public_id)
    form = StepForm(
        data={
            "version": step.flow.version,
            "name": step.name,
            "who": step.who,
            "mode": step.mode,
            "role": step.role.public_id if step.role else None,
            "people": [one.public_id for one in step.people],
            "amount_from": step.amount_from,
            "amount_below": step.amount_below,
            "condition": _code(step.fact, step.comparison, step.wanted) if step.fact else None,
        }
    )
    _offer(form, step.flow)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_step(
                step, _rule(form), version=form.version.data or 0, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(_of(step.flow), _("Saved."))
    return _form(form, step.flow, _("Change the step “%(name)s”", name=step.name))


@blueprint.post("/steps/<public_id>/move")
@requires(Permission.Approval.EDIT)
def move_step(public_id: str) -> BaseResponse:
    step = access.flow_step(public_id)
    up = request.form.get("to") == "up"
    services.move_step(step, up=up, version=_version(), by=signed_in_user())
    return go(_of(step.flow))


@blueprint.post("/steps/<public_id>/remove")
@requires(Permission.Approval.EDIT)
def remove_step(public_id: str) -> BaseResponse:
    step = access.flow_step(public_id)
    flow, name = step.flow, step.name
    services.remove_step(step, version=_version(), by=signed_in_user())
    return go(_of(flow), _("The step “%(name)s” has been removed.", name=name))


def _of(flow: ApprovalFlow) -> str:
    return url_for("approval_flows.show", public_id=flow.public_id)


def _version() -> int:
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _form(form: StepForm, flow: ApprovalFlow, title: str) -> Response:
    return page(
        "approvals/step.html",
        http_status=form.status,
        form=form,
        title=title,
        kind=kind_label(flow.kind),
        back=_of(flow),
    )


def _code(fact: str | None, comparison: str | None, wanted: str | None) -> str:
    return f"{fact}:{comparison}:{wanted}"


def _offer(form: StepForm, flow: ApprovalFlow) -> None:
    form.role.refill(people.role_options())
    form.people.refill([(one.public_id, one.name) for one in queries.colleagues()])
    kind = find_kind(flow.kind)
    form.condition.refill(
        [
            (_code(fact.key, comparison, str(value)), f"{fact.label} {words} {text}")
            for fact in (kind.facts if kind else ())
            for value, text in fact.values
            for comparison, words in COMPARISONS.items()
        ]
    )


def _rule(form: StepForm) -> Rule:
    role = people.find_role(form.role.data) if form.role.data else None
    chosen = set(form.people.data or ())
    fact, comparison, wanted = (form.condition.data or "::").split(":", 2)
    return Rule(
        name=form.name.data,
        who=Who(form.who.value),
        mode=Mode(form.mode.value),
        role=role,
        people=[one for one in queries.colleagues() if one.public_id in chosen],
        amount_from=form.amount_from.data,
        amount_below=form.amount_below.data,
        fact=fact or None,
        comparison=Comparison(comparison) if fact else None,
        wanted=wanted if fact else None,
    )
