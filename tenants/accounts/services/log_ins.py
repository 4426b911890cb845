"""Signing in: the password first, then, where one is wanted, the second step."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from kit.security import check_password, verify_against_nothing
from tenants.accounts import events, jobs, queries
from tenants.accounts.models import (
    Device,
    LogIn,
    LogInResult,
    LogInWay,
    PendingLogIn,
    User,
    UserSession,
)
from tenants.accounts.services import throttles

FAILURES = 10
LOCKED_FOR = timedelta(minutes=5)
LASTS = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
PENDING_FOR = timedelta(minutes=15)
_AGENT = 300


class Place(NamedTuple):
    """Where a try to log in comes from; `device` is the digest of the browser's own cookie."""

    ip_address: str | None = None
    user_agent: str | None = None
    device: str | None = None


class Entry(NamedTuple):
    """What a right password gives: a log-in's token, or that of one that waits for more."""

    user: User
    token: str
    is_pending: bool = False


def sign_in(
    login: str,
    password: str,
    *,
    remember: bool,
    ip_address: str | None,
    user_agent: str | None,
    device: str | None = None,
) -> Entry:
    """Open a log-in by username, mobile number or e-mail address, or begin its second step.

    Unknown, disabled, locked and wrong all take as long and read the same, so that nobody learns
    who has an account. Refuses an address that has failed too often.
    """
    place = Place(ip_address, (user_agent or "")[:_AGENT] or None, device)
    entry = None
    with transaction(even_read_only=True):
        address = throttles.locked(f"address:{ip_address}") if ip_address else None
        is_full = address is not None and throttles.is_full(address, throttles.LOG_IN)
        if not is_full:
            user, result = verified(queries.by_login(login), password)
            if user is not None and result == LogInResult.OPENED:
                entry = _enter(user, place, remember=remember)
            else:
                if address is not None:
                    throttles.count(address, throttles.LOG_IN)
                if user is not None:
                    note(user, LogInWay.PASSWORD, result, place)
    if is_full:
        raise Refused(
            _("Too many wrong tries from here. Wait five minutes and try again."),
            field="password",
        )
    if entry is None:
        raise Refused(
            _(
                "These do not fit, or the account is locked: "
                "ten wrong tries in a row lock it for five minutes."
            ),
            field="password",
        )
    return entry


def _enter(user: User, place: Place, *, remember: bool) -> Entry:
    if not user.needs_second_step:
        return open_log_in(user, place, way=LogInWay.PASSWORD, remember=remember)
    token = ids.secret()
    session().add(
        PendingLogIn(
            user_id=user.id,
            token_digest=crypto.digest(token),
            expires_at=clock.now() + PENDING_FOR,
            is_remembered=remember,
            ip_address=place.ip_address,
            user_agent=place.user_agent,
            device_digest=place.device,
        )
    )
    note(user, LogInWay.PASSWORD, LogInResult.SECOND_STEP, place)
    return Entry(user, token, is_pending=True)


def open_log_in(user: User, place: Place, *, way: LogInWay, remember: bool) -> Entry:
    """Open a log-in for somebody who has proved enough, as part of another verb."""
    now = clock.now()
    token = ids.secret()
    has_been_here = user.last_login_at is not None
    is_new = place.device is not None and _is_new_device(user, place.device)
    user.last_login_at = now
    _expire_password(user)
    session().add(
        UserSession(
            user_id=user.id,
            token_digest=crypto.digest(token),
            proved_at=now,
            seen_at=now,
            expires_at=now + (REMEMBERED if remember else LASTS),
            is_remembered=remember,
            ip_address=place.ip_address,
            user_agent=place.user_agent,
        )
    )
    entry = note(user, way, LogInResult.OPENED, place, is_new_device=is_new)
    audit.record(events.SIGNED_IN, user, by=user, remembered=remember)
    if is_new and has_been_here and user.email:
        enqueue(jobs.send_new_device, log_in=entry.public_id)
    return Entry(user, token)


def _is_new_device(user: User, digest: str) -> bool:
    """Remember that a person uses a browser; tell whether it is for the first time."""
    now = clock.now()
    made = session().scalar(
        insert(Device)
        .values(public_id=ids.new(), created_at=now, user_id=user.id, digest=digest, seen_at=now)
        .on_conflict_do_nothing()
        .returning(Device.id)
    )
    if made is None:
        session().execute(
            update(Device)
            .where(Device.user_id == user.id, Device.digest == digest)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
    return made is not None


def note(
    user: User,
    way: LogInWay,
    result: LogInResult,
    place: Place,
    *,
    is_new_device: bool = False,
) -> LogIn:
    """Write a try to log in down, as part of another verb."""
    row = LogIn(
        user_id=user.id,
        way=way,
        result=result,
        is_new_device=is_new_device,
        ip_address=place.ip_address,
        user_agent=place.user_agent,
    )
    session().add(row)
    return row


def _expire_password(user: User) -> None:
    """Have an old password changed before anything else, where the workspace wants that (D023)."""
    policy = queries.security_policy()
    if policy.passwords_expire and queries.is_password_old(user, queries.password_policy()):
        user.must_change_password = True


def verified(statement: Select[User] | None, password: str) -> tuple[User | None, LogInResult]:
    """Return the locked row of a person, and OPENED when the password is right.

    A wrong one is counted towards the lock.
    """
    user = (
        None
        if statement is None
        else session()
        .scalars(statement.with_for_update().execution_options(populate_existing=True))
        .one_or_none()
    )
    now = clock.now()
    locked = user is not None and user.locked_until is not None and user.locked_until > now
    if user is None or locked or not user.is_active:
        verify_against_nothing(password)
        return user, LogInResult.LOCKED if locked else LogInResult.DISABLED
    if check_password(user.password_hash, password):
        user.failed_logins = 0
        user.locked_until = None
        return user, LogInResult.OPENED
    user.failed_logins += 1
    if user.failed_logins >= FAILURES:
        user.failed_logins = 0
        user.locked_until = now + LOCKED_FOR
        audit.record(events.LOCKED, user, by=user, minutes=int(LOCKED_FOR.total_seconds() // 60))
    return user, LogInResult.WRONG


def is_own_password(user_id: int, password: str) -> bool:
    """Tell whether a password is a person's, as part of a verb; a wrong one is counted."""
    _user, result = verified(select(User).where(User.id == user_id), password)
    return result == LogInResult.OPENED
