"""Setting up flows: which steps documents of a kind take; what is under way keeps its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from kit import audit
from kit.db import hold, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import Role, User
from tenants.approvals import events, queries
from tenants.approvals.kinds import Kind, find_kind
from tenants.approvals.models import ApprovalFlow, Comparison, FlowStep, Mode, Who


@dataclass(frozen=True, slots=True)
class Rule:
    """What a step asks: its name, who decides, how many of them, and for which documents."""

    name: str
    who: Who
    mode: Mode = Mode.ANY
    role: Role | None = None
    people: Sequence[User] = field(default_factory=list)
    amount_from: int | None = None
    amount_below: int | None = None
    fact: str | None = None
    comparison: Comparison | None = None
    wanted: str | None = None


def add_flow(kind: Kind, *, by: audit.Actor) -> ApprovalFlow:
    """Begin the flow of a kind, switched off and without steps; return the one there is."""
    with transaction() as work:
        standing = queries.flows().get(kind.code)
        if standing is not None:
            return standing
        flow = ApprovalFlow(kind=kind.code, steps=[])
        try:
            with work.begin_nested():
                work.add(flow)
                work.flush()
        except IntegrityError:
            return queries.flows()[kind.code]
        hold(flow)
        audit.record(events.FLOW_ADDED, flow, by=by, kind=kind.code)
        return flow


def edit_flow(
    flow: ApprovalFlow, *, version: int, is_active: bool, allows_self: bool, by: audit.Actor
) -> None:
    """Switch a flow on or off and say whether people may approve their own.

    Refuses a stale copy and a flow without steps that would be on.
    """
    with transaction():
        flow = _lock(flow, version)
        if is_active and not flow.steps:
            raise Refused(_("Add a step first."), field="is_active")
        flow.is_active, flow.allows_self = is_active, allows_self
        audit.record(
            events.FLOW_EDITED,
            flow,
            by=by,
            kind=flow.kind,
            is_active=is_active,
            allows_self=allows_self,
        )


def add_step(flow: ApprovalFlow, rule: Rule, *, version: int, by: audit.Actor) -> FlowStep:
    """Add a step at the end; refuses a stale copy and a rule that makes no sense."""
    with transaction() as work:
        flow = _lock(flow, version)
        _refuse_senseless(flow, rule)
        last = max((one.position for one in flow.steps), default=0)
        step = FlowStep(flow_id=flow.id, position=last + 1)
        _write(step, rule)
        work.add(step)
        work.flush()
        work.expire(flow, ["steps"])
        audit.record(
            events.STEP_ADDED, flow, by=by, kind=flow.kind, name=step.name, rule=_logged(flow, rule)
        )
        return step


def edit_step(step: FlowStep, rule: Rule, *, version: int, by: audit.Actor) -> None:
    """Change a step; refuses a stale copy and a rule that makes no sense."""
    with transaction() as work:
        flow = _lock(step.flow, version)
        _refuse_senseless(flow, rule)
        _write(step, rule)
        work.flush()
        audit.record(
            events.STEP_EDITED,
            flow,
            by=by,
            kind=flow.kind,
            name=step.name,
            rule=_logged(flow, rule),
        )


def move_step(step: FlowStep, *, up: bool, version: int, by: audit.Actor) -> None:
    """Let a step change places with the one before or after it; at the end it stays.

    Refuses a stale copy, so that a second press does not move it twice.
    """
    with transaction() as work:
        flow = _lock(step.flow, version)
        order = list(flow.steps)
        place = order.index(step)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(order):
            return
        neighbour = order[other]
        mine, theirs = step.position, neighbour.position
        # By way of a place that nobody has: two steps never share one.
        step.position = 0
        work.flush()
        neighbour.position = mine
        work.flush()
        step.position = theirs
        work.flush()
        work.expire(flow, ["steps"])
        audit.record(
            events.STEP_MOVED, flow, by=by, kind=flow.kind, name=step.name, place=other + 1
        )


def remove_step(step: FlowStep, *, version: int, by: audit.Actor) -> None:
    """Take a step out of a flow; refuses a stale copy and the last step of a flow that is on."""
    with transaction() as work:
        flow = _lock(step.flow, version)
        if flow.is_active and len(flow.steps) == 1:
            raise Refused(_("Switch the flow off before you take away its last step."))
        audit.record(events.STEP_REMOVED, flow, by=by, kind=flow.kind, name=step.name)
        step.people.clear()
        work.delete(step)
        work.flush()
        work.expire(flow, ["steps"])


def _lock(flow: ApprovalFlow, version: int) -> ApprovalFlow:
    """Return a flow as it is now with its version raised: its steps change under its lock."""
    flow = lock_row(flow)
    refuse_stale(flow, version)
    session().refresh(flow, ["steps"])
    flow.version += 1
    return flow


def _write(step: FlowStep, rule: Rule) -> None:
    step.name = rule.name.strip()
    step.who, step.mode = rule.who, rule.mode
    step.role = rule.role if rule.who == Who.ROLE else None
    step.people = list(rule.people) if rule.who == Who.PEOPLE else []
    step.amount_from, step.amount_below = rule.amount_from, rule.amount_below
    step.fact = rule.fact
    step.comparison = rule.comparison if rule.fact else None
    step.wanted = rule.wanted if rule.fact else None


def _refuse_senseless(flow: ApprovalFlow, rule: Rule) -> None:
    if not rule.name.strip():
        raise Refused(_("A step needs a name."), field="name")
    if rule.who == Who.ROLE and rule.role is None:
        raise Refused(_("Choose the role that decides."), field="role")
    if rule.who == Who.PEOPLE and not rule.people:
        raise Refused(_("Choose who decides."), field="people")
    if (
        rule.amount_from is not None
        and rule.amount_below is not None
        and rule.amount_from >= rule.amount_below
    ):
        raise Refused(_("The band is empty: its end is not above its start."), field="amount_below")
    if rule.fact is None:
        return
    kind = find_kind(flow.kind)
    fact = kind.fact(rule.fact) if kind else None
    if fact is None or rule.comparison is None:
        raise Refused(_("This condition does not exist for this kind."), field="condition")
    if rule.wanted not in {str(value) for value, _words in fact.values}:
        raise Refused(_("This condition does not exist for this kind."), field="condition")


def _logged(flow: ApprovalFlow, rule: Rule) -> dict[str, object]:
    """Return a rule as the audit log keeps it: what is set, in plain values."""
    values: dict[str, object] = {
        "kind": flow.kind,
        "who": rule.who.value,
        "mode": rule.mode.value,
        "role": rule.role.name if rule.role and rule.who == Who.ROLE else None,
        "people": [one.name for one in rule.people] if rule.who == Who.PEOPLE else None,
        "amount_from": rule.amount_from,
        "amount_below": rule.amount_below,
        "fact": rule.fact,
        "comparison": rule.comparison.value if rule.comparison and rule.fact else None,
        "wanted": rule.wanted if rule.fact else None,
    }
    return {key: value for key, value in values.items() if value is not None}
