"""The page of one approval, and what can be done there."""

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import access as people
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events
from tenants.approvals import access, queries, services
from tenants.approvals.forms import (
    AddSignerForm,
    ApproveForm,
    RejectForm,
    ReturnForm,
    TransferForm,
)
from tenants.approvals.kinds import find_kind, kind_label
from tenants.approvals.models import Approval, ApprovalState
from tenants.approvals.timeline import as_tracks
from tenants.approvals.views.blueprint import blueprint

SUBMITTER = "submitter"


@blueprint.get("/<public_id>")
@requires(Permission.Approval.VIEW)
def show(public_id: str) -> Response:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    return page("approvals/show.html", **_shown(approval, me))


def _shown(approval: Approval, me: User) -> dict[str, Any]:
    kind = find_kind(approval.kind)
    is_pending = approval.state == ApprovalState.PENDING
    is_mine = approval.submitted_by_id == me.id
    facts = [(one.label, one.words(approval.facts[one.key])) for one in kind.facts
             if one.key in approval.facts] if kind else []  # fmt: skip
    return {
        "approval": approval,
        "kind": kind_label(approval.kind),
        "url": kind.url(approval.document_id) if kind else None,
        "facts": facts,
        "track": as_tracks([approval])[0],
        "log": as_events(log_of(approval.public_id)),
        "may_decide": _may_decide(approval, me),
        "may_transfer": bool(_transferable(approval, me)),
        "may_recall": is_pending and is_mine,
        "may_remind": is_pending and (is_mine or me.can(Permission.Approval.EDIT)),
    }


def _may_decide(approval: Approval, me: User) -> bool:
    if approval.submitted_by_id == me.id and not approval.allows_self:
        return False
    mine = {me.id, *queries.represented_ids(me)}
    return any(one.user_id in mine for one in queries.waiting_signers(approval))


def _transferable(approval: Approval, me: User) -> list[User]:
    signers = queries.waiting_signers(approval)
    found = [one.user for one in signers if services.may_transfer(one, me)]
    # One's own comes first: it is what one mostly means.
    return sorted(found, key=lambda one: one.id != me.id)


def _act(
    approval: Approval,
    form: Any,
    verb: Callable[[], Any],
    *,
    title: str,
    submit: str,
    done: str,
    is_danger: bool = False,
) -> BaseResponse:
    back = url_for("approvals.show", public_id=approval.public_id)
    if request.method == "GET":
        form.turn.data = approval.turn_id
    if form.validate_on_submit() and form.attempt(verb) is not None:
        return go(back, done)
    return page(
        "approvals/act.html",
        http_status=form.status,
        form=form,
        title=title,
        submit=submit,
        is_danger=is_danger,
        back=back,
        approval=approval,
    )


@blueprint.route("/<public_id>/approve", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def approve(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    form = ApproveForm()
    return _act(
        approval,
        form,
        lambda: services.approve(approval, **form.typed("turn", "opinion"), by=me),
        title=_("Approve “%(title)s”", title=approval.title),
        submit=_("Approve"),
        done=_("You have approved “%(title)s”.", title=approval.title),
    )


@blueprint.route("/<public_id>/reject", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def reject(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    form = RejectForm()
    return _act(
        approval,
        form,
        lambda: services.reject(approval, **form.typed("turn", "opinion"), by=me),
        title=_("Reject “%(title)s”", title=approval.title),
        submit=_("Turn down"),
        done=_("You have rejected “%(title)s”.", title=approval.title),
        is_danger=True,
    )


@blueprint.route("/<public_id>/return", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def send_back(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    form = ReturnForm()
    step = queries.current_step(approval)
    earlier = {
        one.public_id: one for one in approval.steps if step and one.position < step.position
    }
    whole = _("%(name)s, who submitted it", name=approval.submitted_by.name)
    form.to.refill([(SUBMITTER, whole), *((key, one.name) for key, one in earlier.items())])
    if request.method == "GET":
        form.to.data = SUBMITTER

    def verb() -> Approval:
        typed = form.typed("turn", "opinion")
        if form.to.data == SUBMITTER:
            return services.return_to_submitter(approval, **typed, by=me)
        return services.send_back(approval, to=earlier[form.to.value], **typed, by=me)

    return _act(
        approval,
        form,
        verb,
        title=_("Return “%(title)s”", title=approval.title),
        submit=_("Return"),
        done=_("You have returned “%(title)s”.", title=approval.title),
    )


@blueprint.route("/<public_id>/transfer", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def transfer(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    form = TransferForm()
    mine = _transferable(approval, me)
    # After the first press the signer waits no more: the same press again still names him.
    asked = queries.current_step(approval)
    offered = (
        mine if request.method == "GET" else [one.user for one in asked.signers] if asked else []
    )
    form.signer.refill([(one.public_id, one.name) for one in offered])
    form.to.refill([(one.public_id, one.name) for one in _others(approval, me)])
    if request.method == "GET" and mine:
        form.signer.data = mine[0].public_id
    return _act(
        approval,
        form,
        lambda: services.transfer(
            approval,
            signer=people.user(form.signer.value),
            to=people.user(form.to.value),
            **form.typed("turn", "opinion"),
            by=me,
        ),
        title=_("Hand over “%(title)s”", title=approval.title),
        submit=_("Transfer"),
        done=_("Somebody else decides “%(title)s” now.", title=approval.title),
    )


@blueprint.route("/<public_id>/add-signer", methods=["GET", "POST"])
@requires(Permission.Approval.VIEW)
def add_signer(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    form = AddSignerForm()
    form.to.refill([(one.public_id, one.name) for one in _others(approval, me)])
    return _act(
        approval,
        form,
        lambda: services.add_signer(
            approval,
            who=people.user(form.to.value),
            place=services.Place(form.place.value),
            **form.typed("turn", "opinion"),
            by=me,
        ),
        title=_("Ask one more person about “%(title)s”", title=approval.title),
        submit=_("Add the signer"),
        done=_("One more person is asked about “%(title)s”.", title=approval.title),
    )


def _others(approval: Approval, me: User) -> list[User]:
    barred = {me.id} if approval.allows_self else {me.id, approval.submitted_by_id}
    return queries.colleagues(besides=barred)


@blueprint.post("/<public_id>/recall")
@requires(Permission.Approval.VIEW)
def recall(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    services.recall(approval, by=me)
    return go(
        url_for("approvals.show", public_id=public_id),
        _("“%(title)s” has been recalled.", title=approval.title),
    )


@blueprint.post("/<public_id>/remind")
@requires(Permission.Approval.VIEW)
def remind(public_id: str) -> BaseResponse:
    me = signed_in_user()
    approval = access.approval(public_id, me)
    back = url_for("approvals.show", public_id=public_id)
    if services.remind(approval, by=me):
        return go(back, _("They are being reminded."))
    return go(back, _("They were reminded less than an hour ago."), level="info")
