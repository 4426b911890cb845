"""The second step at the door: a code of the app, one by mail, or one from paper."""

import base64
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from kit import audit, clock, crypto
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts import events, jobs, queries
from tenants.accounts.models import LogInResult, LogInWay, PendingLogIn, User
from tenants.accounts.services import throttles
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

CODE_FOR = timedelta(minutes=10)
CODE_TRIES = 5
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
        return _open(pending, user, way) if _takes(pending, user, code, way) else None

    return _step(token, way, attempt)


def _takes(pending: PendingLogIn, user: User, code: str, way: LogInWay) -> bool:
    """Use a code up in the way that was chosen; False for a wrong one."""
    if way == LogInWay.APP:
        return take_app_code(user, code)
    if way == LogInWay.RECOVERY:
        return take_recovery_code(user, code)
    return way == LogInWay.MAIL and _take_mailed(pending, code)


def enrol(token: str, code: str) -> Enrolment:
    """Set up the app that a role wants, at the door, and open the log-in; refuses as `pass_step`.

    Refused for whoever has an app already: that one is asked for, not replaced.
    """

    def attempt(pending: PendingLogIn, user: User) -> Enrolment | None:
        if queries.authenticator(user) is not None:
            return None
        codes = confirm(user, code)
        return None if codes is None else Enrolment(_open(pending, user, LogInWay.APP), codes)

    return _step(token, LogInWay.APP, attempt)


def _step(
    token: str, way: LogInWay, attempt: Callable[[PendingLogIn, User], _Passed | None]
) -> _Passed:
    passed = None
    with transaction(even_read_only=True) as work:
        found = queries.pending_log_in(token)
        if found is None:
            raise _too_late()
        tries = throttles.locked(step_subject(found.user))
        # Locked and read anew: another request may have opened it, or ended it, meanwhile.
        pending = work.get_one(PendingLogIn, found.id, with_for_update=True, populate_existing=True)
        user = locked_user(found.user)
        if pending.ended_at is not None or not user.is_active:
            raise _too_late()
        if not throttles.is_full(tries, throttles.SECOND_STEP):
            passed = attempt(pending, user)
            if passed is None:
                throttles.count(tries, throttles.SECOND_STEP)
                note(user, way, LogInResult.WRONG, _place(pending))
    if passed is None:
        raise wrong_code()
    return passed


def _open(pending: PendingLogIn, user: User, way: LogInWay) -> Entry:
    pending.ended_at = clock.now()
    return open_log_in(user, _place(pending), way=way, remember=pending.is_remembered)


def _place(pending: PendingLogIn) -> Place:
    return Place(pending.ip_address, pending.user_agent, pending.device_digest)


def begin_enrolment(token: str) -> None:
    """Make the secret of an app for somebody at the door whom a role wants to have one."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is None or queries.authenticator(found.user) is not None:
            raise _too_late()
        offer_factor(locked_user(found.user))


def mail_code(token: str) -> None:
    """Send a code to the person at the door, at most once a minute and twenty times a day.

    Refuses where the workspace does not want that, and without a mail address or an app.
    """
    with transaction(even_read_only=True) as work:
        found = queries.pending_log_in(token)
        if found is None:
            raise _too_late()
        if not may_mail(found.user):
            raise Refused(_("No code can be sent by e-mail."))
        sent = throttles.locked(f"mail:{found.user.public_id}")
        if throttles.is_full(sent, throttles.MAILS):
            raise Refused(_("A code was sent a moment ago. Wait a minute before the next one."))
        throttles.count(sent, throttles.MAILS)
        pending = work.get_one(PendingLogIn, found.id, with_for_update=True, populate_existing=True)
        code = f"{secrets.randbelow(10**6):06}"
        pending.code_digest = _digests(pending, code)[0]
        pending.code_sent_at = clock.now()
        pending.code_tries = 0
        sealed = crypto.encrypt(code, label=jobs.STEP_CODE, public_id=pending.public_id)
        enqueue(
            jobs.send_step_code,
            pending=pending.public_id,
            sealed=base64.b64encode(sealed).decode(),
        )
        audit.record(events.CODE_MAILED, found.user, by=found.user)


def may_mail(user: User) -> bool:
    """Tell whether a code by mail may stand in for a person's app."""
    return (
        bool(user.email)
        and queries.security_policy().mail_codes
        and queries.authenticator(user) is not None
    )


def _take_mailed(pending: PendingLogIn, code: str) -> bool:
    if pending.code_digest is None or pending.code_sent_at is None:
        return False
    is_late = clock.now() - pending.code_sent_at > CODE_FOR
    if is_late or pending.code_tries >= CODE_TRIES or not may_mail(pending.user):
        return False
    pending.code_tries += 1
    typed = "".join(code.split())
    return any(hmac.compare_digest(pending.code_digest, one) for one in _digests(pending, typed))


def _digests(pending: PendingLogIn, code: str) -> list[str]:
    return crypto.blind_indexes(f"{pending.public_id}:{code}", label="pending_log_ins.code_digest")


def cancel_step(token: str) -> None:
    """End a log-in that waits for its second step; nothing happens when there is none."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is not None:
            found.ended_at = clock.now()
            audit.record(events.SIGNED_OUT, found.user, by=found.user)


def _too_late() -> Refused:
    return Refused(_("This took too long. Sign in again."))
