"""Log-ins that are open: in use, ended, and proving again who one is."""

from datetime import timedelta

from sqlalchemy import select, update

from kit import audit, clock, crypto
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import events, queries
from tenants.accounts.models import PendingLogIn, User, UserSession
from tenants.accounts.services.log_ins import is_own_password

PROVED_FOR = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=5)


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
    """End log-ins, also begun ones, as part of another verb, which writes the audit row."""
    session().execute(
        update(PendingLogIn)
        .where(PendingLogIn.user_id == user.id, PendingLogIn.ended_at.is_(None))
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )
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


def lock_screen(found: UserSession, *, idle: bool = False) -> None:
    """Let a log-in open nothing until the password is entered again."""
    session_id, user_id = found.id, found.user_id
    with transaction(even_read_only=True) as work:
        row = work.get_one(UserSession, session_id, with_for_update=True, populate_existing=True)
        if row.locked_at is None and row.ended_at is None:
            row.locked_at = clock.now()
            user = work.get_one(User, user_id)
            audit.record(events.SCREEN_LOCKED, user, by=user, idle=idle)


def unlock_screen(found: UserSession, password: str) -> None:
    """Let a locked log-in go on; refuses a wrong password, which counts towards the lock."""
    session_id, user_id = found.id, found.user_id
    with transaction(even_read_only=True) as work:
        is_right = is_own_password(user_id, password)
        if is_right:
            now = clock.now()
            row = work.get_one(
                UserSession, session_id, with_for_update=True, populate_existing=True
            )
            row.locked_at = None
            row.proved_at = row.seen_at = now
            user = work.get_one(User, user_id)
            audit.record(events.SCREEN_UNLOCKED, user, by=user)
    if not is_right:
        raise Refused(_("This is not your password."), field="password")


def has_been_idle(found: UserSession, minutes: int) -> bool:
    """Tell whether nothing was asked for so long that the browser should have locked itself.

    When a log-in is used is noted every five minutes only, so that much is allowed on top.
    """
    if not minutes or found.locked_at is not None:
        return False
    return clock.now() - found.seen_at > timedelta(minutes=minutes) + TOUCH_EVERY


def prove(found: UserSession, password: str) -> None:
    """Note that the person at a log-in has just entered the password again.

    Wrong ones count towards the lock like those at the door.
    """
    session_id, user_id = found.id, found.user_id
    with transaction(even_read_only=True) as work:
        is_right = is_own_password(user_id, password)
        if is_right:
            work.execute(
                update(UserSession)
                .where(UserSession.id == session_id)
                .values(proved_at=clock.now())
                .execution_options(synchronize_session=False)
            )
            user = work.get_one(User, user_id)
            audit.record(events.PROVED, user, by=user)
    if not is_right:
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
        is_right = is_own_password(user_id, password or "")
    if not is_right:
        raise Refused(_("This is not your password."), field="own")


def has_proved_recently(found: UserSession, *, within: timedelta = PROVED_FOR) -> bool:
    """Tell whether the password was entered a short while ago, at the door or since."""
    return clock.now() - found.proved_at <= within
