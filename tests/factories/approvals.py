"""A kind of document that only tests know, flows of it, and approvals under way."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from kit import audit, clock, ids
from kit.db import session
from kit.errors import Refused
from tenants.accounts.models import Role, User
from tenants.approvals import queries, services
from tenants.approvals.kinds import Document, Fact, Kind, Outcome, register
from tenants.approvals.models import Absence, Approval, ApprovalFlow, Mode, Who
from tenants.approvals.services import Rule
from tests.factories.accounts import make_role, make_user, owner

_numbers = count(1)
_documents: dict[str, Document] = {}
_outcomes: dict[str, list[Outcome]] = {}
_stubborn: set[str] = set()


def _told(outcome: Outcome) -> None:
    if outcome.document_id in _stubborn:
        raise Refused("The document does not want to.")
    _outcomes.setdefault(outcome.document_id, []).append(outcome)


PAPER = register(
    Kind(
        code="tests:paper",
        label="测试单据",
        show=_documents.get,
        url=lambda public_id: f"/papers/{public_id}",
        on_approved=_told,
        on_rejected=_told,
        facts=(Fact("region", "区域", [("east", "东区"), ("west", "西区")]),),
    )
)


def make_document(
    amount: int | None = 50_000, *, region: str = "east", title: str | None = None
) -> str:
    """A saved document; returns its id."""
    document_id = ids.new()
    change_document(document_id, amount, region=region, title=title)
    return document_id


def change_document(
    document_id: str, amount: int | None, *, region: str = "east", title: str | None = None
) -> None:
    _documents[document_id] = Document(
        title or f"单据{next(_numbers)}",
        amount,
        "CNY" if amount is not None else None,
        {"region": region},
    )


def lose_document(document_id: str) -> None:
    del _documents[document_id]


def refuse_outcomes(document_id: str) -> None:
    """Let the document's module refuse whatever is decided."""
    _stubborn.add(document_id)


def outcomes(approval: Approval) -> list[Outcome]:
    """What the document's module was told."""
    return _outcomes.get(approval.document_id, [])


def approver(name: str = "审批人", **changes: Any) -> User:
    """A person who may open approvals, of a role of their own unless roles are given."""
    changes.setdefault("roles", [make_role(permissions=["approval:view"])])
    return make_user(name=name, **changes)


def people_step(*people: User, mode: Mode = Mode.ANY, **changes: Any) -> Rule:
    return Rule(**({"name": "审核", "who": Who.PEOPLE, "mode": mode, "people": people} | changes))


def role_step(role: Role, **changes: Any) -> Rule:
    return Rule(**({"name": "按角色", "who": Who.ROLE, "role": role} | changes))


def make_flow(
    *rules: Rule, kind: Kind = PAPER, allows_self: bool = False, is_active: bool = True
) -> ApprovalFlow:
    """The flow of a kind with exactly these steps."""
    flow = services.add_flow(kind, by=audit.SYSTEM)
    if flow.is_active:
        services.edit_flow(
            flow, version=flow.version, is_active=False, allows_self=False, by=audit.SYSTEM
        )
    for step in list(flow.steps):
        services.remove_step(step, version=flow.version, by=audit.SYSTEM)
    for rule in rules:
        services.add_step(flow, rule, version=flow.version, by=audit.SYSTEM)
    services.edit_flow(
        flow,
        version=flow.version,
        is_active=is_active,
        allows_self=allows_self,
        by=audit.SYSTEM,
    )
    return flow


def submitted(
    *rules: Rule, by: User | None = None, allows_self: bool = False, **document: Any
) -> Approval:
    """A document under way through a flow with these steps."""
    make_flow(*rules, allows_self=allows_self)
    approval = services.submit(PAPER, make_document(**document), by=by or approver("提交人"))
    assert approval is not None
    return approval


def agree(approval: Approval, person: User, opinion: str = "") -> Approval:
    return services.approve(approval, turn=approval.turn_id, opinion=opinion, by=person)


def asked(approval: Approval) -> list[str]:
    """The names of those whose answer an approval waits for."""
    return [one.user.name for one in queries.waiting_signers(approval)]


def make_absence(person: User, substitute: User, *, days: int = 1) -> Absence:
    today = clock.today()
    return services.add_absence(
        person,
        substitute=substitute,
        first_on=today,
        last_on=today + timedelta(days=days),
        by=person,
    )


def make_approvals() -> dict[str, object]:
    """One thing of each kind of this module, for the walk through all pages."""
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first), people_step(owner()), by=second)
    agree(approval, first)
    flow: Sequence[ApprovalFlow] = list(queries.flows().values())
    session().commit()
    return {
        "approval": approval,
        "flow": flow[0],
        "flow step": flow[0].steps[0],
        "absence": make_absence(owner(), first),
    }
