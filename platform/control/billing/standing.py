"""What a workspace may do, as a pure function of what it bought, owes and has been told.

    bought and paid                     active (trialing: trial)
    something owed since d days         d < read_only_days: past due, d < suspend_days: read only,
                                        then suspended
    charged no more, nothing open       as if the period that runs were owed since it began
    nothing bought, trial not over      trial
    trial over, nothing bought          as if the first day were owed since its end
    given up by its owner               read only from the end of what was paid, then suspended

Nothing here looks at the clock, the database or the network: the same facts give the same answer,
in whatever order they became known. Nothing is ever deleted by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from control.billing.models.accounts import SubscriptionState
from control.workspaces.models import WorkspaceState

LIVE = frozenset(
    {
        SubscriptionState.TRIALING,
        SubscriptionState.ACTIVE,
        SubscriptionState.PAST_DUE,
        SubscriptionState.UNPAID,
    }
)
"""States of a subscription that somebody has and has not given up."""
_PAID = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})
"""States in which nothing being owed means that it is paid; `unpaid` means that nobody asked."""


class Cause(StrEnum):
    """Why a workspace stands where it stands."""

    PAID = "paid"
    TRIAL = "trial"
    OWED = "owed"
    TRIAL_OVER = "trial_over"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class DunningSchedule:
    """What happens so many days after something became due; the days rise.

    `retry_days` are the gaps between charges of a card, as an operator has set them at Stripe too,
    which takes them from nobody else; only our own server is told. `keep_days` are those after the
    suspension in which nothing is deleted; who deletes then is an operator.
    """

    retry_days: tuple[int, ...] = (1, 1, 8, 6)
    notice_days: int = 10
    read_only_days: int = 14
    suspend_days: int = 21
    keep_days: int = 90


@dataclass(frozen=True, slots=True)
class Bought:
    """A subscription, as far as it decides: its state and until when it is paid or was meant."""

    state: SubscriptionState
    period_ends_at: datetime | None = None
    trial_ends_at: datetime | None = None
    ended_at: datetime | None = None
    period_began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides: the trial's end, what was bought, since when something is owed."""

    trial_ends_at: datetime
    bought: tuple[Bought, ...] = ()
    owed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer: the state, why, since when, the first day of the stair, the next step."""

    state: WorkspaceState
    cause: Cause
    since: datetime | None
    declining_since: datetime | None
    next_change_at: datetime | None


def standing_of(facts: Facts, now: datetime, schedule: DunningSchedule) -> Standing:
    """Return what a workspace may do at a moment (UTC)."""
    if facts.owed_since is not None:
        return _declining(facts.owed_since, Cause.OWED, now, schedule)
    live = [one for one in facts.bought if one.state in LIVE]
    if any(one.state in _PAID for one in live):
        return Standing(WorkspaceState.ACTIVE, Cause.PAID, None, None, None)
    if any(one.state == SubscriptionState.TRIALING for one in live):
        # The end of a trial with a subscription is told by the provider, by its first invoice.
        return Standing(WorkspaceState.TRIAL, Cause.TRIAL, None, None, None)
    if live:
        return _declining(_halted_since(live, facts), Cause.OWED, now, schedule)
    over = _given_up_at(facts.bought)
    if over is not None and over >= facts.trial_ends_at:
        return _ending(over, now, schedule)
    if now < facts.trial_ends_at:
        return Standing(WorkspaceState.TRIAL, Cause.TRIAL, None, None, facts.trial_ends_at)
    return _declining(facts.trial_ends_at, Cause.TRIAL_OVER, now, schedule)


def kept_until(standing: Standing, schedule: DunningSchedule) -> datetime | None:
    """Return before when nothing is deleted of what is on the stair; None of what is not."""
    if standing.declining_since is None:
        return None
    return standing.declining_since + timedelta(days=schedule.suspend_days + schedule.keep_days)


def _halted_since(unpaid: Iterable[Bought], facts: Facts) -> datetime:
    """Return when the period began that Stripe invoices as a draft and charges to nobody."""
    return max(
        (one.period_began_at for one in unpaid if one.period_began_at is not None),
        default=facts.trial_ends_at,
    )


def _given_up_at(bought: Iterable[Bought]) -> datetime | None:
    """Return when the last subscription that was ever live ended; None when none was."""
    ends = [
        one.ended_at or one.period_ends_at
        for one in bought
        if one.state in {SubscriptionState.CANCELED, SubscriptionState.PAUSED}
    ]
    return max((end for end in ends if end is not None), default=None)


def _declining(since: datetime, cause: Cause, now: datetime, schedule: DunningSchedule) -> Standing:
    """Return the step of the stair that begins when something became due."""
    read_only = since + timedelta(days=schedule.read_only_days)
    suspended = since + timedelta(days=schedule.suspend_days)
    if now >= suspended:
        return Standing(WorkspaceState.SUSPENDED, cause, suspended, since, None)
    if now >= read_only:
        return Standing(WorkspaceState.READ_ONLY, cause, read_only, since, suspended)
    return Standing(WorkspaceState.PAST_DUE, cause, since, since, read_only)


def _ending(since: datetime, now: datetime, schedule: DunningSchedule) -> Standing:
    suspended = since + timedelta(days=schedule.suspend_days)
    if now >= suspended:
        return Standing(WorkspaceState.SUSPENDED, Cause.GIVEN_UP, suspended, since, None)
    if now >= since:
        return Standing(WorkspaceState.READ_ONLY, Cause.GIVEN_UP, since, since, suspended)
    # Given up, but paid until a day that is still to come.
    return Standing(WorkspaceState.ACTIVE, Cause.PAID, None, None, since)
