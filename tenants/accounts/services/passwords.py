"""Changing, setting and resetting passwords."""

import base64
import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from kit.security import check_password, hash_password, refuse_weak_password
from tenants.accounts import events, jobs, queries
from tenants.accounts.models import PasswordReset, ResetWay, User
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.factors import drop_factors
from tenants.accounts.services.people import (
    lock_administrators,
    locked_user,
    own_data,
    refuse_if_beyond,
)
from tenants.accounts.services.questions import asked_of, refuse_unanswered
from tenants.accounts.services.sessions import close_sessions, refuse_unproved
from tenants.accounts.services.way_back import only_administrator

LINK_FOR = timedelta(hours=1)
CODE_FOR = timedelta(minutes=10)
CODE_TRIES = 5
ASK_EVERY = timedelta(minutes=1)


def change_password(
    user: User, *, old: str, new: str, again: str, except_token: str | None, by: audit.Actor
) -> None:
    """Let a person choose a new password and end the person's other log-ins.

    Refuses a wrong old password, two different new ones, the old one again and a weak one.
    """
    if new != again:
        raise Refused(_("The two new passwords differ."), field="again")
    with transaction(even_read_only=True):
        user = locked_user(user)
        if not check_password(user.password_hash, old):
            raise Refused(_("This is not your password."), field="old")
        if old == new:
            raise Refused(_("The new password is the old one."), field="password")
        _set(user, new, must_change=False)
        close_sessions(user, except_token=except_token)
        audit.record(events.PASSWORD_CHANGED, user, by=by)
        tell(user, Change.PASSWORD)


def set_password(user: User, *, password: str, own: str, by: audit.Actor) -> None:
    """Give a person a first password, to be changed at the next log-in; end all log-ins.

    Refuses without the own password of the one who asks (E084), a weak one, and for people who
    may do more.
    """
    refuse_unproved(by, own)
    with transaction():
        user = locked_user(user)
        refuse_if_beyond(user, by=by)
        _set(user, password, must_change=True)
        close_sessions(user)
        audit.record(events.PASSWORD_SET, user, by=by)
        tell(user, Change.PASSWORD_SET)


def _set(user: User, password: str, *, must_change: bool) -> None:
    refuse_weak_password(password, about=own_data(user), policy=queries.password_policy())
    user.password_hash = hash_password(password)
    user.must_change_password = must_change
    user.failed_logins = 0
    user.locked_until = None
    user.version += 1


def ask_reset(login: str, *, way: ResetWay) -> None:
    """Send a link or a code to whoever has this account, at most once a minute.

    Nothing tells whether there is such an account, or whether it can be reached this way.
    """
    with transaction(even_read_only=True) as work:
        user = queries.find_by_login(login)
        if user is None or not user.is_active or user.is_invited:
            return
        reachable = user.email if way == ResetWay.MAIL else user.phone_proved_at
        if not reachable:
            return
        user = locked_user(user)
        last = work.scalar(
            select(func.max(PasswordReset.created_at)).where(PasswordReset.user_id == user.id)
        )
        now = clock.now()
        if last is not None and now - last < ASK_EVERY:
            return
        secret = ids.secret() if way == ResetWay.MAIL else f"{secrets.randbelow(10**6):06}"
        reset = PasswordReset(
            user_id=user.id,
            way=way,
            digest="",
            expires_at=now + (LINK_FOR if way == ResetWay.MAIL else CODE_FOR),
        )
        reset.digest = (
            crypto.digest(secret) if way == ResetWay.MAIL else _code_digests(reset, secret)[0]
        )
        work.add(reset)
        sealed = crypto.encrypt(secret, label=jobs.SECRET, public_id=reset.public_id)
        enqueue(jobs.send_reset, reset=reset.public_id, sealed=base64.b64encode(sealed).decode())
        audit.record(events.RESET_ASKED, user, by=audit.SYSTEM, way=way.value)


def _code_digests(reset: PasswordReset, code: str) -> list[str]:
    # A plain digest of six digits could be turned back by trying them all; this one is keyed.
    return crypto.blind_indexes(f"{reset.public_id}:{code}", label="password_resets.digest")


def reset_by_link(
    token: str, *, password: str, again: str, answers: Mapping[str, str] | None = None
) -> User:
    """Set a new password by the link from a mail, once; ends all log-ins of the person.

    Refuses a link that was used or has expired, two different passwords, a weak one, and wrong
    answers where the person has security questions.
    """
    if password != again:
        raise Refused(_("The two new passwords differ."), field="again")
    _refuse_unanswered(token, answers or {})
    with transaction(even_read_only=True) as work:
        found = queries.find_reset(token)
        reset = None if found is None else work.get(PasswordReset, found.id, with_for_update=True)
        if reset is None or reset.used_at is not None:
            raise Refused(_("This link was used already or has expired. Ask for a new one."))
        return _reset(reset, password)


def questions_of(reset: PasswordReset, token: str) -> list[str]:
    """Return the security questions that a link asks; none of who has lost everything."""
    return [] if reset.way == ResetWay.OPERATOR else asked_of(reset.user, token)


def _refuse_unanswered(token: str, answers: Mapping[str, str]) -> None:
    with transaction(even_read_only=True) as work:
        found = queries.find_reset(token)
        user = None if found is None else work.get(User, found.user_id)
        asked = [] if found is None else questions_of(found, token)
    if user is not None and asked:
        refuse_unanswered(user, answers, asked=asked)


def reset_by_code(login: str, *, code: str, password: str, again: str) -> User:
    """Set a new password by the code from an SMS, once; ends all log-ins of the person.

    Refuses a wrong or expired code, and any after five tries; two different passwords; a weak
    one.
    """
    if password != again:
        raise Refused(_("The two new passwords differ."), field="again")
    with transaction(even_read_only=True) as work:
        reset = _newest_code(login)
        if reset is not None and reset.tries < CODE_TRIES:
            if reset.digest in _code_digests(reset, code.strip()):
                return _reset(reset, password)
            reset.tries += 1
            work.flush()
    raise Refused(_("This code is wrong or has expired."), field="code")


def _newest_code(login: str) -> PasswordReset | None:
    user = queries.find_by_login(login)
    if user is None:
        return None
    return (
        session()
        .scalars(
            select(PasswordReset)
            .where(
                PasswordReset.user_id == user.id,
                PasswordReset.way == ResetWay.SMS,
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > clock.now(),
            )
            .order_by(PasswordReset.id.desc())
            .limit(1)
            .with_for_update()
        )
        .one_or_none()
    )


def _reset(reset: PasswordReset, password: str) -> User:
    user = session().get(User, reset.user_id, with_for_update=True, populate_existing=True)
    if user is None or not user.is_active:
        raise Refused(_("This account is disabled. Ask an administrator."))
    if reset.way == ResetWay.OPERATOR:
        # Somebody else can let the person in by now, or is the administrator in his place.
        lock_administrators()
        if only_administrator().id != user.id:
            raise Refused(_("This link was used already or has expired. Ask for a new one."))
        drop_factors(user)
        audit.record(events.FACTOR_REMOVED, user, by=user)
    _set(user, password, must_change=False)
    reset.used_at = clock.now()
    close_sessions(user)
    audit.record(events.PASSWORD_RESET, user, by=user, way=reset.way)
    tell(user, Change.PASSWORD)
    return user
