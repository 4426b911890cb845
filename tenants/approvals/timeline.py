"""The approvals of a document as its page shows them: who, when, what, and how long it took."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kit.i18n import gettext as _
from kit.web import Event, Tag
from tenants.approvals import queries
from tenants.approvals.kinds import Kind, kind_label
from tenants.approvals.labels import (
    ACTION_COLOURS,
    ACTIONS,
    MODES,
    SIGNER_STATES,
    STATE_COLOURS,
    STATES,
    duration,
)
from tenants.approvals.models import (
    Action,
    Approval,
    ApprovalEvent,
    ApprovalState,
    ApprovalStep,
    Mode,
    Origin,
    SignerState,
    StepState,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A person who is asked at a step, and what became of it."""

    name: str
    state: object
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as the page shows it."""

    name: str
    mode: object
    is_open: bool
    people: list[Asked]


@dataclass(frozen=True, slots=True)
class Track:
    """One approval of a document: how it stands, its steps and its history, newest first."""

    approval: Approval
    kind: object
    state: Tag
    took: str
    steps: list[StepLine]
    events: list[Event]


def tracks_of(kinds: Collection[Kind], document_id: str) -> list[Track]:
    """Return the approvals of a document for the macro of approvals/_tab.html."""
    return as_tracks(queries.approvals_of([kind.code for kind in kinds], document_id))


def as_tracks(approvals: Sequence[Approval]) -> list[Track]:
    """Return approvals with all that their tab shows, in two statements."""
    events = queries.events_of(approvals)
    asked = [one.user_id for each in approvals for one in queries.waiting_signers(each)]
    away = {key: one.name for key, one in queries.substitutes_of(asked).items()}
    return [
        Track(
            approval=one,
            kind=kind_label(one.kind),
            state=state_tag(one.state),
            took=_took(one),
            steps=[_line(step, away) for step in one.steps],
            events=[_event(event) for event in events[one.id]],
        )
        for one in approvals
    ]


def state_tag(state: str) -> Tag:
    """Return how an approval stands as a coloured word."""
    return Tag(STATES[ApprovalState(state)], STATE_COLOURS[ApprovalState(state)])


def _took(approval: Approval) -> str:
    if approval.ended_at is None:
        return duration(queries.seconds_since(approval.created_at))
    return duration(int((approval.ended_at - approval.created_at).total_seconds()))


def _line(step: ApprovalStep, away: dict[int, str]) -> StepLine:
    is_added = any(one.origin == Origin.ADDED for one in step.signers)
    return StepLine(
        name=_("Added: %(name)s", name=step.name) if is_added else step.name,
        mode=MODES[Mode(step.mode)] if len(step.signers) > 1 else "",
        is_open=step.state == StepState.OPEN,
        people=[
            Asked(
                one.user.name,
                SIGNER_STATES[SignerState(one.state)],
                away.get(one.user_id, "") if one.state == SignerState.WAITING else "",
            )
            for one in step.signers
        ],
    )


def _event(event: ApprovalEvent) -> Event:
    parts = [event.opinion]
    if event.target_name:
        parts.append(_("To: %(name)s", name=event.target_name))
    if event.for_name:
        parts.append(_("For: %(name)s", name=event.for_name))
    if event.action in {*queries.DECIDING, Action.TRANSFERRED}:
        parts.append(_("After %(duration)s", duration=duration(event.seconds)))
    return Event(
        at=event.created_at,
        who=event.actor_name,
        title=ACTIONS[Action(event.action)],
        after=event.step_name or None,
        remark=" · ".join(part for part in parts if part),
        colour=ACTION_COLOURS.get(Action(event.action), "gray"),
    )
