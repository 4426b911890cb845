"""Questions about log-ins: open, begun, and the log of them."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from kit import clock, crypto, personal
from kit.db import session
from tenants.accounts.models import (
    LogIn,
    PendingLogIn,
    User,
    UserSession,
)


def by_login(login: str) -> Select[User] | None:
    """Return the statement that finds a person by username, mobile number or e-mail address.

    None when the text can be none of them. Only a number that was proved is anybody's name. A
    username never looks like one, so that nobody can stand in the way of another's.
    """
    login = personal.plain(login)
    if not login or len(login) > 254:
        return None
    if "@" in login:
        try:
            return select(User).where(User.email == personal.email_address(login))
        except ValueError:
            return None
    if looks_like_phone(login):
        return select(User).where(
            User.phone_index.in_(User.phone.lookups(login)), User.phone_proved_at.is_not(None)
        )
    return select(User).where(func.lower(User.username) == login.lower())


def looks_like_phone(text: str) -> bool:
    """Tell whether a text reads as a mobile number: +86… or eleven digits from 1 on."""
    digits = text.replace(" ", "").replace("-", "")
    if digits.startswith("+"):
        return digits[1:].isdigit() and len(digits) > 8
    return digits.isascii() and digits.isdigit() and len(digits) == 11 and digits[0] == "1"


def find_by_login(login: str) -> User | None:
    """Return the person behind a log-in name, or None."""
    statement = by_login(login)
    return None if statement is None else session().scalars(statement).one_or_none()


def open_session(token: str) -> UserSession | None:
    """Return the live log-in behind a token with its person and roles, in two statements."""
    now = clock.now()
    return (
        session()
        .scalars(
            select(UserSession)
            .join(UserSession.user)
            .where(
                UserSession.token_digest == crypto.digest(token),
                UserSession.ended_at.is_(None),
                UserSession.expires_at > now,
                User.is_active,
            )
            .options(
                contains_eager(UserSession.user).selectinload(User.roles),
                contains_eager(UserSession.user).joinedload(User.unit),
            )
        )
        .one_or_none()
    )


def standing_log_ins(public_ids: Collection[str]) -> dict[str, str]:
    """Return log-in → person, as public ids, of those that are open and not locked."""
    rows = session().execute(
        select(UserSession.public_id, User.public_id)
        .join(UserSession.user)
        .where(
            UserSession.public_id.in_(public_ids),
            UserSession.ended_at.is_(None),
            UserSession.locked_at.is_(None),
            UserSession.expires_at > clock.now(),
            User.is_active,
        )
    )
    return {log_in: person for log_in, person in rows}  # noqa: C416 - rows, not pairs


def pending_log_in(token: str) -> PendingLogIn | None:
    """Return the begun log-in behind a token with its person, or None."""
    return (
        session()
        .scalars(
            select(PendingLogIn)
            .join(PendingLogIn.user)
            .where(
                PendingLogIn.token_digest == crypto.digest(token),
                PendingLogIn.ended_at.is_(None),
                PendingLogIn.expires_at > clock.now(),
                User.is_active,
            )
            .options(contains_eager(PendingLogIn.user).selectinload(User.roles))
        )
        .one_or_none()
    )


def sessions_of(user: User) -> Sequence[UserSession]:
    """Return a person's live log-ins, the last seen first."""
    return (
        session()
        .scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user.id,
                UserSession.ended_at.is_(None),
                UserSession.expires_at > clock.now(),
            )
            .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
            .limit(100)
        )
        .all()
    )


def log_ins() -> Select[LogIn]:
    """Return the statement of the log of log-ins, the people loaded with them."""
    return select(LogIn).options(joinedload(LogIn.user))


def log_ins_of(user: User) -> Select[LogIn]:
    """Return the statement of one person's log of log-ins."""
    return select(LogIn).where(LogIn.user_id == user.id)
