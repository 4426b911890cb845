"""Log in to the portal and out of it, and know who is behind a cookie."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from kit import audit, clock, ids
from kit.crypto import digest
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import national, phone_number
from kit.security import (
    check_password,
    hash_password,
    refuse_weak_password,
    verify_against_nothing,
)
from tenants.accounts.queries import password_policy
from tenants.channels.models import Channel, ChannelUser, ChannelUserSession
from tenants.channels.queries import subtree_filter

SIGNED_IN = audit.Event.named("channel_user:signed_in", "way")
PASSWORD_SET = audit.Event.named("channel_user:password_set")
SHORT = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
TOUCH_EVERY = timedelta(minutes=5)
FAILURES = 10
WINDOW = timedelta(minutes=5)


def lock_person(person: ChannelUser) -> ChannelUser:
    """Return a person's newest row, locked for this transaction, with the channel."""
    return (
        session()
        .scalars(
            select(ChannelUser)
            .where(ChannelUser.id == person.id)
            .options(joinedload(ChannelUser.channel))
            .with_for_update(of=ChannelUser)
            .execution_options(populate_existing=True)
        )
        .one()
    )


def person_by_phone(phone: str) -> ChannelUser | None:
    """Return the person with a mobile number, None for no number or nobody."""
    try:
        lookups = ChannelUser.phone.lookups(phone)
    except ValueError:
        return None
    return (
        session()
        .scalars(select(ChannelUser).where(ChannelUser.phone_index.in_(lookups)))
        .one_or_none()
    )


def _person_by_login(login: str) -> ChannelUser | None:
    login = login.strip()
    found = (
        session()
        .scalars(select(ChannelUser).where(func.lower(ChannelUser.username) == login.lower()))
        .one_or_none()
    )
    return found or person_by_phone(login)


def is_locked(person: ChannelUser) -> bool:
    """Tell whether log-in pauses after too many failures."""
    until = person.locked_until
    return person.failed_logins >= FAILURES and until is not None and clock.now() < until


def note_failure(person: ChannelUser) -> None:
    """Count a failed try of a locked row; ten within five minutes pause log-in for five.

    `locked_until` is the end of the window that is being counted, and, once the count is full,
    the end of the pause.
    """
    now = clock.now()
    if person.locked_until is None or now >= person.locked_until:
        person.failed_logins = 0
        person.locked_until = now + WINDOW
    person.failed_logins += 1
    if person.failed_logins == FAILURES:
        person.locked_until = now + WINDOW


def open_session(
    person: ChannelUser,
    *,
    remember: bool,
    way: str,
    ip_address: str | None,
    user_agent: str | None,
) -> str:
    """Begin a session of a person who has proved to be one; return the cookie's token."""
    now = clock.now()
    token = ids.secret()
    person.failed_logins = 0
    person.locked_until = None
    person.last_login_at = now
    session().add(
        ChannelUserSession(
            channel_user_id=person.id,
            token_digest=digest(token),
            expires_at=now + (REMEMBERED if remember else SHORT),
            seen_at=now,
            proved_at=now,
            is_remembered=remember,
            ip_address=ip_address,
            user_agent=(user_agent or "")[:300] or None,
        )
    )
    audit.record(SIGNED_IN, person, by=person, way=way)
    return token


def refuse_shut_out(person: ChannelUser) -> None:
    """Refuse a person who has been frozen, or whose channel is; says why."""
    from tenants.channels.services.freezing import refuse_if_frozen

    if not person.is_active:
        raise Refused(_("Your account is frozen. Please ask the owner of your channel."))
    refuse_if_frozen(person.channel)


def wrong_login() -> Refused:
    """Return the one answer to a wrong name, a wrong password and a paused log-in."""
    return Refused(
        _(
            "The name or the password is wrong. After %(count)s failures log-in pauses for "
            "%(minutes)s minutes.",
            count=FAILURES,
            minutes=WINDOW.seconds // 60,
        )
    )


def sign_in(
    login: str,
    password: str,
    *,
    remember: bool,
    ip_address: str | None,
    user_agent: str | None,
) -> tuple[ChannelUser, str]:
    """Log a person in by username or mobile number; return the person and the cookie's token.

    Refuses with the same sentence whether the account exists or not; once the password is
    right, a frozen person or channel is told the reason.
    """
    with transaction(even_read_only=True):
        found = _person_by_login(login)
        person = None if found is None else lock_person(found)
        if person is None or is_locked(person):
            verify_against_nothing(password)
        elif check_password(person.password_hash, password):
            refuse_shut_out(person)
            token = open_session(
                person,
                remember=remember,
                way="password",
                ip_address=ip_address,
                user_agent=user_agent,
            )
            return person, token
        else:
            note_failure(person)
    # Raised after the commit, so that the failure stays counted.
    raise wrong_login()


def person_behind(token: str) -> ChannelUser | None:
    """Return the person whose session a cookie's token is, None when it has ended.

    Notes when the session was last seen, at most every five minutes.
    """
    found = _open_session(token)
    if found is not None and found.seen_at <= clock.now() - TOUCH_EVERY:
        with transaction(even_read_only=True):
            found.seen_at = clock.now()
        # The commit let go of what was loaded.
        found = _open_session(token)
    return found.channel_user if found is not None and found.channel_user.is_active else None


def _open_session(token: str) -> ChannelUserSession | None:
    return (
        session()
        .scalars(
            select(ChannelUserSession)
            .where(
                ChannelUserSession.token_digest == digest(token),
                ChannelUserSession.ended_at.is_(None),
                ChannelUserSession.expires_at > clock.now(),
            )
            .options(joinedload(ChannelUserSession.channel_user).joinedload(ChannelUser.channel))
        )
        .one_or_none()
    )


def sign_out(token: str) -> None:
    """End the session of a cookie's token; nothing happens the second time."""
    with transaction(even_read_only=True) as current:
        current.execute(
            update(ChannelUserSession)
            .where(
                ChannelUserSession.token_digest == digest(token),
                ChannelUserSession.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
        )


def end_sessions(person: ChannelUser, except_token: str | None = None) -> None:
    """End all of a person's log-ins, but for the one that asks."""
    with transaction(even_read_only=True) as current:
        statement = update(ChannelUserSession).where(
            ChannelUserSession.channel_user_id == person.id,
            ChannelUserSession.ended_at.is_(None),
        )
        if except_token is not None:
            statement = statement.where(ChannelUserSession.token_digest != digest(except_token))
        current.execute(statement.values(ended_at=clock.now()))


def end_sessions_below(channel: Channel) -> None:
    """End the log-ins of everybody in a channel and the channels below it."""
    with transaction() as current:
        people = (
            select(ChannelUser.id)
            .join(Channel, ChannelUser.channel_id == Channel.id)
            .where(subtree_filter(channel))
        )
        current.execute(
            update(ChannelUserSession)
            .where(
                ChannelUserSession.channel_user_id.in_(people),
                ChannelUserSession.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
            .execution_options(synchronize_session=False)
        )


def set_password(
    person: ChannelUser, password: str, *, by: audit.Actor, except_token: str | None = None
) -> None:
    """Set a person's password and end all other log-ins; refuses a weak one."""
    refuse_weak_password(password, about=about(person), policy=password_policy())
    hashed = hash_password(password)
    with transaction(even_read_only=True):
        person = lock_person(person)
        person.password_hash = hashed
        person.failed_logins = 0
        person.locked_until = None
        person.version += 1
        end_sessions(person, except_token)
        audit.record(PASSWORD_SET, person, by=by)


def about(person: ChannelUser) -> tuple[str, ...]:
    """Return what of a person a password must not contain."""
    return tuple(filter(None, (person.name, person.username, national(person.phone))))


def normal_phone(phone: str, *, field: str = "phone") -> str:
    """Return a mobile number in E.164; refuses what is none."""
    try:
        return phone_number(phone)
    except ValueError:
        raise Refused(_("This is not a telephone number."), field=field) from None
