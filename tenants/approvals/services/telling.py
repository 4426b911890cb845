"""Telling people about approvals: what they are told, each a kind of notice of its own."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.approvals.kinds import kind_label
from tenants.approvals.models import Approval, ApprovalState
from tenants.notices import services
from tenants.notices.kinds import Kind, Placeholder, always, register
from tenants.notices.models import Way


class What(StrEnum):
    """What a person is told about an approval."""

    WAITING = "waiting"
    REMINDER = "reminder"
    ENDED = "ended"


def _still_waits(record_id: str, values: Mapping[str, Any]) -> bool:
    """Tell whether an approval still waits in the turn that somebody was told of."""
    found = select(Approval.id).where(
        Approval.public_id == record_id,
        Approval.state == ApprovalState.PENDING,
        Approval.turn_id == values.get("_turn"),
    )
    return session().scalar(found) is not None


def _kind(code: str, label: object, title: object, whom: object, *, waits: bool = False) -> Kind:
    made = Kind(
        code=f"approvals:{code}",
        group=_l("Approvals"),
        label=label,
        title=title,
        whom=whom,
        placeholders={
            "kind": Placeholder(_l("Kind of document"), _l("Product"), kind_label),
            "title": Placeholder(_l("Document title"), _l("5G plan 59")),
        },
        ways=frozenset({Way.INBOX, Way.MAIL}),
        # Somebody else waits for the answer: nobody can close his eyes to that.
        forced=frozenset({Way.INBOX}) if waits else frozenset(),
        path="/approvals/{id}",
        icon="checkbox",
        still=_still_waits if waits else always,
    )
    return register(made)


_SIGNERS, _SUBMITTER = _l("Whoever is asked, and substitutes"), _l("Who submitted it")
ASKED = _kind(
    "asked",
    _l("My approval is asked for"),
    _l("{kind} “{title}” waits for your approval."),
    _SIGNERS,
    waits=True,
)
REMINDED = _kind(
    "reminded",
    _l("A reminder of an approval"),
    _l("A reminder: {kind} “{title}” waits for your approval."),
    _SIGNERS,
    waits=True,
)
_ENDS = {
    ApprovalState.APPROVED: _kind(
        "approved",
        _l("What I submitted was approved"),
        _l("{kind} “{title}” has been approved."),
        _SUBMITTER,
    ),
    ApprovalState.REJECTED: _kind(
        "rejected",
        _l("What I submitted was rejected"),
        _l("{kind} “{title}” has been rejected."),
        _SUBMITTER,
    ),
    ApprovalState.RETURNED: _kind(
        "returned",
        _l("What I submitted was returned"),
        _l("{kind} “{title}” has been returned to you."),
        _SUBMITTER,
    ),
}


def tell(people: Iterable[User], approval: Approval, what: What) -> int:
    """Have people told once the transaction is committed; return how many are."""
    if what == What.ENDED:
        kind = _ENDS.get(ApprovalState(approval.state))
    else:
        kind = ASKED if what == What.WAITING else REMINDED
    if kind is None:
        return 0
    return services.notify(
        kind,
        approval.public_id,
        people,
        kind=approval.kind,
        title=approval.title,
        _turn=approval.turn_id,
    )
