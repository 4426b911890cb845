"""Signing in and out, and proving again who one is."""

from datetime import timedelta

from sqlalchemy import Select, select, update

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import check_password, verify_against_nothing
from tenants.accounts import events, queries
from tenants.accounts.models import User, UserSession

FAILURES = 10
LOCKED_FOR = timedelta(minutes=5)
LASTS = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
PROVED_FOR = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=5)
_AGENT = 300


def sign_in(
    login: str,
    password: str,
    *,
    remember: bool,
    ip_address: str | None,
    user_agent: str | None,
) -> tuple[User, str]:
    """Open a log-in by username, mobile number or e-mail address; return its person and token.

    Unknown, disabled, locked and wrong all take as long and read the same, so that nobody learns
    who has an account.
    """
    token = ids.secret()
    with transaction(even_read_only=True) as work:
        user = _verified(queries.by_login(login), password)
        if user is not None:
            now = clock.now()
            user.last_login_at = now
            _expire_password(user)
            work.add(
                UserSession(
                    user_id=user.id,
                    token_digest=crypto.digest(token),
                    proved_at=now,
                    seen_at=now,
                    expires_at=now + (REMEMBERED if remember else LASTS),
                    is_remembered=remember,
                    ip_address=ip_address,
                    user_agent=(user_agent or "")[:_AGENT] or None,
                )
            )
            audit.record(events.SIGNED_IN, user, by=user, remembered=remember)
    if user is None:
        raise Refused(
            _(
                "These do not fit, or the account is locked: "
                "ten wrong tries in a row lock it for five minutes."
            ),
            field="password",
        )
    return user, token


def _expire_password(user: User) -> None:
    """Have an old password changed before anything else, where the workspace wants that (D023)."""
    policy = queries.security_policy()
    if policy.passwords_expire and queries.is_password_old(user, queries.password_policy()):
        user.must_change_password = True


def _verified(statement: Select[User] | None, password: str) -> User | None:
    """Return the locked row of whoever a password belongs to, else None with the try counted."""
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
        return None
    if check_password(user.password_hash, password):
        user.failed_logins = 0
        user.locked_until = None
        return user
    user.failed_logins += 1
    if user.failed_logins >= FAILURES:
        user.failed_logins = 0
        user.locked_until = now + LOCKED_FOR
        audit.record(events.LOCKED, user, by=user, minutes=int(LOCKED_FOR.total_seconds() // 60))
    return None


def sign_out(token: str) -> None:
    """End the log-in behind a token; nothing happens when it has ended already."""
    with transaction(even_read_only=True):
        found = queries.open_session(token)
        if found is not None:
            found.ended_at = clock.now()
            audit.record(events.SIGNED_OUT, found.user, by=found.user)


def end_session(user: User, public_id: str, *, by: audit.Actor) -> None:
    """End one log-in of a person; refuses one that is not the person's or has ended."""
    with transaction(even_read_only=True) as work:
        found = work.scalars(
            select(UserSession)
            .where(
                UserSession.public_id == public_id,
                UserSession.user_id == user.id,
                UserSession.ended_at.is_(None),
            )
            .with_for_update()
        ).one_or_none()
        if found is None:
            raise Refused(_("This log-in has ended already."))
        found.ended_at = clock.now()
        audit.record(events.SESSION_ENDED, user, by=by, session=public_id)


def end_sessions(user: User, *, except_token: str | None = None, by: audit.Actor) -> int:
    """End all log-ins of a person but the one behind a token; return how many there were."""
    with transaction(even_read_only=True):
        ended = close_sessions(user, except_token=except_token)
        audit.record(events.SESSIONS_ENDED, user, by=by, count=ended)
        return ended


def close_sessions(user: User, *, except_token: str | None = None) -> int:
    """End log-ins as part of another verb, which writes the audit row."""
    kept = crypto.digest(except_token) if except_token else ""
    ended = session().execute(
        update(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.ended_at.is_(None),
            UserSession.token_digest != kept,
        )
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
        .returning(UserSession.id)
    )
    return len(ended.all())


def touch(found: UserSession) -> bool:
    """Note that a log-in is in use, at most every five minutes; tell whether it was written."""
    now = clock.now()
    if now - found.seen_at < TOUCH_EVERY:
        return False
    session_id = found.id
    with transaction(even_read_only=True) as work:
        work.execute(
            update(UserSession)
            .where(UserSession.id == session_id)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
    return True


def prove(found: UserSession, password: str) -> None:
    """Note that the person at a log-in has just entered the password again.

    Wrong ones count towards the lock like those at the door.
    """
    session_id, user_id = found.id, found.user_id
    with transaction(even_read_only=True) as work:
        user = _verified(select(User).where(User.id == user_id), password)
        if user is not None:
            work.execute(
                update(UserSession)
                .where(UserSession.id == session_id)
                .values(proved_at=clock.now())
                .execution_options(synchronize_session=False)
            )
            audit.record(events.PROVED, user, by=user)
    if user is None:
        raise Refused(_("This is not your password."), field="password")


def refuse_unproved(by: audit.Actor, password: str | None) -> None:
    """Refuse to go on for a person who does not enter the own password right now.

    Wrong ones count towards the lock like those at the door. Called before a verb's transaction,
    so that the count stays when the verb does not happen; what is no person passes.
    """
    if not isinstance(by, User):
        return
    user_id = by.id
    with transaction(even_read_only=True):
        user = _verified(select(User).where(User.id == user_id), password or "")
    if user is None:
        raise Refused(_("This is not your password."), field="own")


def has_proved_recently(found: UserSession, *, within: timedelta = PROVED_FOR) -> bool:
    """Tell whether the password was entered a short while ago, at the door or since."""
    return clock.now() - found.proved_at <= within
