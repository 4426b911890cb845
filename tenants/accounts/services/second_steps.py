"""The second step at the door: by the app, a passkey, something that was sent, or from paper."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from kit import audit, clock
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import events, queries
from tenants.accounts.models import LogInResult, LogInWay, PendingLogIn, User
from tenants.accounts.services import throttles
from tenants.accounts.services.door_codes import take_link, take_sent
from tenants.accounts.services.factors import (
    confirm,
    offer_factor,
    step_subject,
    take_app_code,
    take_recovery_code,
    wrong_code,
)
from tenants.accounts.services.log_ins import Entry, Place, note, open_log_in
from tenants.accounts.services.people import locked_user

_Passed = TypeVar("_Passed")


class Enrolment(NamedTuple):
    """What a person gets who has set up the app at the door."""

    entry: Entry
    codes: list[str]


def pass_step(token: str, code: str, *, way: LogInWay) -> Entry:
    """Open the log-in that has passed the password, by a code that is good once.

    Refuses a log-in that has ended or is too old, a wrong code, and any after too many.
    """

    def attempt(pending: PendingLogIn, user: User) -> Entry | None:
        return open_pending(pending, user, way) if _takes(pending, user, code, way) else None

    return step(token, way, attempt)


def _takes(pending: PendingLogIn, user: User, code: str, way: LogInWay) -> bool:
    """Use a code up in the way that was chosen; False for a wrong one."""
    if way not in queries.ways_of(user):
        return False
    if way == LogInWay.APP:
        return take_app_code(user, code)
    if way == LogInWay.RECOVERY:
        return take_recovery_code(user, code)
    if way == LogInWay.LINK:
        return take_link(pending, code)
    return take_sent(pending, code, way)


def enrol(token: str, code: str) -> Enrolment:
    """Set up the app that a role wants, at the door, and open the log-in; refuses as `pass_step`.

    Refused for whoever has an app already: that one is asked for, not replaced.
    """

    def attempt(pending: PendingLogIn, user: User) -> Enrolment | None:
        if queries.has_factor(user) or user.must_use_passkey:
            return None
        codes = confirm(user, code)
        return (
            None if codes is None else Enrolment(open_pending(pending, user, LogInWay.APP), codes)
        )

    return step(token, LogInWay.APP, attempt)


def step(
    token: str,
    way: LogInWay,
    attempt: Callable[[PendingLogIn, User], _Passed | None],
    *,
    wrong: Callable[[], Refused] = wrong_code,
) -> _Passed:
    """Try to open a begun log-in in one way; a failure counts, and is refused as `wrong` says."""
    passed = None
    with transaction(even_read_only=True) as work:
        found = queries.pending_log_in(token)
        if found is None:
            raise too_late()
        tries = throttles.locked(step_subject(found.user))
        # Locked and read anew: another request may have opened it, or ended it, meanwhile.
        pending = work.get_one(PendingLogIn, found.id, with_for_update=True, populate_existing=True)
        user = locked_user(found.user)
        if pending.ended_at is not None or not user.is_active:
            raise too_late()
        if not throttles.is_full(tries, throttles.SECOND_STEP):
            passed = attempt(pending, user)
            if passed is None:
                throttles.count(tries, throttles.SECOND_STEP)
                note(user, way, LogInResult.WRONG, _place(pending))
    if passed is None:
        raise wrong()
    return passed


def open_pending(pending: PendingLogIn, user: User, way: LogInWay) -> Entry:
    """Open a begun log-in that has proved enough, as part of an attempt."""
    pending.ended_at = clock.now()
    return open_log_in(user, _place(pending), way=way, remember=pending.is_remembered)


def _place(pending: PendingLogIn) -> Place:
    return Place(pending.ip_address, pending.user_agent, pending.device_digest)


def begin_enrolment(token: str) -> None:
    """Make the secret of an app for somebody at the door whom a role wants to have one."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is None or queries.has_factor(found.user) or found.user.must_use_passkey:
            raise too_late()
        offer_factor(locked_user(found.user))


def cancel_step(token: str) -> None:
    """End a log-in that waits for its second step; nothing happens when there is none."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is not None:
            found.ended_at = clock.now()
            audit.record(events.SIGNED_OUT, found.user, by=found.user)


def too_late() -> Refused:
    """Return the sentence for a begun log-in that has ended."""
    return Refused(_("This took too long. Sign in again."))
