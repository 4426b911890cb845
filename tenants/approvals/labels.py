"""How the words of approvals read."""

from collections.abc import Mapping
from typing import Any

from kit.i18n import format_money
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.tenancy import current
from tenants.accounts.wording import Detail, describe
from tenants.approvals import events
from tenants.approvals.kinds import find_kind, kind_label
from tenants.approvals.models import (
    Action,
    ApprovalState,
    Comparison,
    Mode,
    SignerState,
    StepState,
    Who,
)

STATES = {
    ApprovalState.PENDING: _l("Awaiting approval"),
    ApprovalState.APPROVED: _l("Approved"),
    ApprovalState.REJECTED: _l("Turned down"),
    ApprovalState.RETURNED: _l("Returned for changes"),
    ApprovalState.RECALLED: _l("Recalled"),
}
STATE_COLOURS = {
    ApprovalState.PENDING: "blue",
    ApprovalState.APPROVED: "green",
    ApprovalState.REJECTED: "red",
    ApprovalState.RETURNED: "orange",
    ApprovalState.RECALLED: "gray",
}
STEP_STATES = {
    StepState.PLANNED: _l("Later"),
    StepState.OPEN: _l("Now"),
    StepState.PASSED: _l("Over"),
}
SIGNER_STATES = {
    SignerState.PLANNED: _l("Later"),
    SignerState.WAITING: _l("Asked"),
    SignerState.APPROVED: _l("Approved"),
    SignerState.REJECTED: _l("Turned down"),
    SignerState.RETURNED: _l("Returned"),
    SignerState.TRANSFERRED: _l("Transferred"),
    SignerState.OVER: _l("No longer asked"),
}
ACTIONS = {
    Action.SUBMITTED: _l("Submitted"),
    Action.APPROVED: _l("Approved"),
    Action.REJECTED: _l("Turned down"),
    Action.RETURNED: _l("Returned for changes"),
    Action.SENT_BACK: _l("Sent back to an earlier step"),
    Action.TRANSFERRED: _l("Transferred"),
    Action.SIGNER_ADDED: _l("Signer added"),
    Action.RECALLED: _l("Recalled"),
    Action.REMINDED: _l("Reminded"),
}
ACTION_COLOURS = {
    Action.SUBMITTED: "blue",
    Action.APPROVED: "green",
    Action.REJECTED: "red",
    Action.RETURNED: "orange",
    Action.SENT_BACK: "orange",
}
WHO = {
    Who.ROLE: _l("Everybody with a role"),
    Who.UNIT_HEAD: _l("The head of the submitter's unit, or of the nearest above it"),
    Who.PEOPLE: _l("Chosen people"),
}
MODES = {
    Mode.ANY: _l("One of them is enough"),
    Mode.ALL: _l("All of them have to agree"),
}
COMPARISONS = {Comparison.IS: _l("is"), Comparison.IS_NOT: _l("is not")}
PLACES = {"before": _l("Before this step"), "after": _l("After this step")}
_RULE = {
    "who": _l("Who decides"),
    "mode": _l("How many agree"),
    "role": _l("Role"),
    "people": _l("Approvers"),
    "amount_from": _l("From this amount on"),
    "amount_below": _l("Below this amount"),
    "fact": _l("Condition"),
    "comparison": _l("Comparison"),
    "wanted": _l("Value"),
}
_RULE_WORDS: Mapping[str, Mapping[Any, object]] = {
    "who": WHO,
    "mode": MODES,
    "comparison": COMPARISONS,
}


def duration(seconds: int) -> str:
    """Return how long something took as people read it: the two largest units."""
    minutes = seconds // 60
    if minutes < 1:
        return str(_("less than a minute"))
    days, hours = minutes // 1_440, minutes // 60 % 24
    if days:
        return str(_("%(days)s d %(hours)s h", days=days, hours=hours))
    if hours:
        return str(_("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60))
    return str(_("%(minutes)s min", minutes=minutes))


def _rule(value: Mapping[str, Any]) -> str:
    kind = find_kind(value.get("kind", ""))
    fact = kind.fact(value.get("fact")) if kind else None

    def words(key: str) -> object:
        one = value[key]
        if key in {"amount_from", "amount_below"}:
            return format_money(one, current().currency)
        if fact is not None and key in {"fact", "wanted"}:
            return fact.label if key == "fact" else fact.words(one)
        return "、".join(one) if isinstance(one, list) else _RULE_WORDS.get(key, {}).get(one, one)

    # In the order of the form, whatever order the database keeps.
    return str(_("; ")).join(
        f"{label} {words(key)}" for key, label in _RULE.items() if key in value
    )


describe(
    {
        events.SUBMITTED.name: _l("Submitted for approval"),
        events.APPROVED.name: _l("Approved"),
        events.REJECTED.name: _l("Turned down"),
        events.RETURNED.name: _l("Returned for changes"),
        events.SENT_BACK.name: _l("Sent back to an earlier step"),
        events.TRANSFERRED.name: _l("Approval handed over"),
        events.SIGNER_ADDED.name: _l("Signer added"),
        events.RECALLED.name: _l("Approval recalled"),
        events.REMINDED.name: _l("Signers reminded"),
        events.FLOW_ADDED.name: _l("Approval flow added"),
        events.FLOW_EDITED.name: _l("Approval flow changed"),
        events.STEP_ADDED.name: _l("Step of an approval flow added"),
        events.STEP_EDITED.name: _l("Step of an approval flow changed"),
        events.STEP_MOVED.name: _l("Step of an approval flow moved"),
        events.STEP_REMOVED.name: _l("Step of an approval flow removed"),
        events.ABSENCE_ADDED.name: _l("Absence entered"),
        events.ABSENCE_ENDED.name: _l("Absence ended"),
    },
    details={
        "kind": Detail(_l("Kind of document"), show=kind_label),
        "title": _l("Document title"),
        "amount": Detail(_l("Amount in the smallest unit"), internal=True),
        "steps": _l("Steps"),
        "step": _l("Step"),
        "behalf": _l("For"),
        "before": _l("Instead of"),
        "target": _l("Passed to"),
        "place": Detail(_l("Place"), PLACES),
        "opinion": _l("Opinion"),
        "people": _l("Approvers"),
        "is_active": _l("Switched on"),
        "allows_self": _l("May approve one's own"),
        "name": _l("Step"),
        "rule": Detail(_l("Rule"), show=_rule),
        "person": _l("Who is away"),
        "substitute": _l("Substitute"),
        "first_on": _l("First day"),
        "last_on": _l("Last day"),
    },
    subjects={
        "Approval": _l("Approval"),
        "ApprovalFlow": _l("Approval flow"),
        "Absence": _l("Absence"),
    },
)
