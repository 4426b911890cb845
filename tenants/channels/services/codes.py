"""Codes by SMS: prove a mobile number, then log in or set a new password."""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import func, select

from kit import audit, clock, crypto, ids, jobs
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import hash_password, refuse_weak_password
from tenants.accounts.letters import Letter
from tenants.accounts.queries import password_policy
from tenants.channels.models import ChannelReset, ChannelUser
from tenants.channels.services import sessions

CODE_SENT = audit.Event.named("channel_user:code_sent")
LIFE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
TRIES = 5
DAILY = 20
_LABEL = "channel_resets.code"


def _codes(public_id: str) -> list[str]:
    """Return the six digits that belong to a reset, under each live key of the workspace.

    They follow from the row's public id and the workspace's secret key, so neither the row nor
    the job that sends them needs to hold them.
    """
    marks = crypto.blind_indexes(public_id, label=_LABEL)
    return [
        f"{int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8]) % 1_000_000:06}"
        for mark in marks
    ]


def _digest(public_id: str, code: str) -> list[str]:
    # Keyed: a plain hash of six digits is guessed in a blink.
    return crypto.blind_indexes(f"{public_id}|{code}", label=_LABEL)


def send_login_code(phone: str) -> None:
    """Send six digits to a mobile number that belongs to an account.

    Does nothing, and says nothing, for an unknown number, a person who is shut out, within a
    minute of the last code, or after twenty codes in a day.
    """
    from tenants.channels.jobs import send_code

    with transaction(even_read_only=True) as current:
        found = sessions.person_by_phone(phone)
        if found is None:
            return
        person = sessions.lock_person(found)
        if not person.is_active or _asked_too_often(person):
            return
        public_id = ids.new()
        reset = ChannelReset(
            public_id=public_id,
            channel_user_id=person.id,
            digest=_digest(public_id, _codes(public_id)[0])[0],
            expires_at=clock.now() + LIFE,
        )
        current.add(reset)
        audit.record(CODE_SENT, person, by=person)
        jobs.enqueue(send_code, reset_id=public_id)


def _asked_too_often(person: ChannelUser) -> bool:
    now = clock.now()
    recent = (
        ChannelReset.channel_user_id == person.id,
        ChannelReset.created_at > now - timedelta(days=1),
    )
    newest = session().scalar(select(func.max(ChannelReset.created_at)).where(*recent))
    in_a_day = session().scalar(select(func.count()).select_from(ChannelReset).where(*recent)) or 0
    return in_a_day >= DAILY or (newest is not None and newest > now - PAUSE)


def letter_for(reset_id: str) -> Letter | None:
    """Return the text with a code that can still be used and whom it is for, else None."""
    reset = (
        session()
        .scalars(select(ChannelReset).where(ChannelReset.public_id == reset_id))
        .one_or_none()
    )
    if reset is None or reset.used_at is not None or reset.expires_at <= clock.now():
        return None
    person = session().get_one(ChannelUser, reset.channel_user_id)
    for code in _codes(reset.public_id):
        if reset.digest in _digest(reset.public_id, code):
            text = _(
                "%(code)s is your code for the portal. It is valid for %(minutes)s minutes. "
                "Do not give it to anybody.",
                code=code,
                minutes=LIFE.seconds // 60,
            )
            return Letter(person.phone, text)
    return None


def _wrong_code() -> Refused:
    return Refused(
        _("The code is wrong or no longer valid. Check it, or ask for a new one."), field="code"
    )


def _use_code(phone: str, code: str) -> ChannelUser | None:
    """Use up the newest code of a number; return its person, or None when it does not fit.

    A wrong code counts as a try of the code and as a failed log-in of the person.
    """
    found = sessions.person_by_phone(phone)
    if found is None:
        return None
    person = sessions.lock_person(found)
    if sessions.is_locked(person):
        return None
    reset = (
        session()
        .scalars(
            select(ChannelReset)
            .where(ChannelReset.channel_user_id == person.id)
            .order_by(ChannelReset.id.desc())
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    now = clock.now()
    if reset is None or reset.used_at is not None or reset.expires_at <= now:
        sessions.note_failure(person)
        return None
    if reset.tries >= TRIES:
        sessions.note_failure(person)
        return None
    reset.tries += 1
    digests = _digest(reset.public_id, code.strip())
    if not any(hmac.compare_digest(reset.digest, one) for one in digests):
        sessions.note_failure(person)
        return None
    reset.used_at = now
    return person


def sign_in_by_code(
    phone: str,
    code: str,
    *,
    remember: bool,
    ip_address: str | None,
    user_agent: str | None,
) -> tuple[ChannelUser, str]:
    """Log a person in by mobile number and code; return the person and the cookie's token.

    A code works once, for ten minutes and five tries. Refuses with one sentence whatever is
    wrong; once the code is right, a frozen person or channel is told the reason.
    """
    with transaction(even_read_only=True):
        person = _use_code(phone, code)
        if person is not None:
            sessions.refuse_shut_out(person)
            token = sessions.open_session(
                person,
                remember=remember,
                way="code",
                ip_address=ip_address,
                user_agent=user_agent,
            )
            return person, token
    raise _wrong_code()


def reset_password(phone: str, code: str, *, password: str) -> ChannelUser:
    """Set a new password by mobile number and code, and end all log-ins.

    Refuses a weak password before the code is used up, then as `sign_in_by_code` does.
    """
    refuse_weak_password(password, policy=password_policy())
    hashed = hash_password(password)
    with transaction(even_read_only=True):
        person = _use_code(phone, code)
        if person is not None:
            sessions.refuse_shut_out(person)
            refuse_weak_password(password, about=sessions.about(person), policy=password_policy())
            person.password_hash = hashed
            person.failed_logins = 0
            person.locked_until = None
            person.version += 1
            sessions.end_sessions(person)
            audit.record(sessions.PASSWORD_SET, person, by=person)
            return person
    raise _wrong_code()
