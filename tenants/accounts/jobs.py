"""Mail and SMS that accounts send, each in the language of who reads it."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from kit import clock, crypto, tenancy
from kit.db import session
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import Daily, JobRun, job, schedule
from kit.web.devices import device
from tenants.accounts.changes import WORDS, Change
from tenants.accounts.letters import Letter, own_address, read_by, send_once
from tenants.accounts.models import (
    LogIn,
    LogInWay,
    MailProof,
    PasswordReset,
    PendingLogIn,
    PhoneProof,
    ResetWay,
    Role,
    User,
    UserInvitation,
)
from tenants.accounts.queries import find_user
from tenants.accounts.seed import ADMINISTRATOR
from tenants.accounts.services import upkeep

# What a job's sealed secret is bound to.
SECRET = "password_resets.secret"  # noqa: S105 - a label, no password
INVITATION = "user_invitations.token"
CHANGE = "users.change"
PHONE_CODE = "phone_proofs.code"
MAIL_LINK = "mail_proofs.token"
STEP_CODE = "pending_log_ins.code"


@job(
    "accounts.send_reset",
    title=_l("Send a reset of a password"),
    queue="interactive",
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_reset(run: JobRun, *, reset: str, sealed: str) -> None:
    """Send the link or the code of a reset, unless it has expired or was used meanwhile."""
    send_once(run, lambda: _reset_letter(reset, sealed))


def _reset_letter(reset: str, sealed: str) -> Letter | None:
    row = (
        session()
        .execute(
            select(PasswordReset, User)
            .join(User, User.id == PasswordReset.user_id)
            .where(PasswordReset.public_id == reset)
        )
        .one_or_none()
    )
    if row is None or row[0].used_at is not None or row[0].expires_at <= clock.now():
        return None
    way, user = row[0].way, row[1]
    secret = _opened(sealed, SECRET, reset)
    company = tenancy.current().name
    with read_by(user):
        if way != ResetWay.MAIL:
            return _code_letter(user.phone, secret)
        return Letter(
            user.email or "",
            _(
                "Somebody asked for a new password for your account at %(company)s.\n\n"
                "Open this address within one hour and choose one:\n%(link)s\n\n"
                "It is an address of %(host)s; do not type a password anywhere else.\n"
                "If it was not you, do nothing: your password stays as it is.",
                company=company,
                link=reset_link(secret),
                host=tenancy.current().host,
            ),
            subject=_("Choose a new password for %(company)s", company=company),
        )


@job(
    "accounts.send_invitation",
    title=_l("Send an invitation"),
    queue="interactive",
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_invitation(run: JobRun, *, invitation: str, sealed: str) -> None:
    """Send somebody the link of an invitation, unless it was used or revoked meanwhile."""
    send_once(run, lambda: _invitation_letter(invitation, sealed))


def _invitation_letter(invitation: str, sealed: str) -> Letter | None:
    row = (
        session()
        .execute(
            select(UserInvitation, User)
            .join(User, User.id == UserInvitation.user_id)
            .where(
                UserInvitation.public_id == invitation,
                UserInvitation.used_at.is_(None),
                UserInvitation.revoked_at.is_(None),
                UserInvitation.expires_at > clock.now(),
            )
        )
        .one_or_none()
    )
    if row is None:
        return None
    until, user = row[0].expires_at, row[1]
    token = _opened(sealed, INVITATION, invitation)
    company = tenancy.current().name
    with read_by(user):
        return Letter(
            user.email or "",
            _(
                "%(name)s, you have an account at %(company)s now. Your username is %(username)s."
                "\n\nOpen this address by %(until)s and choose your own password:\n%(link)s\n\n"
                "It works once, at %(host)s only. If you did not expect this, do nothing.",
                name=user.name,
                company=company,
                username=user.username,
                until=format_datetime(until),
                link=own_address(f"/invitation/{token}"),
                host=tenancy.current().host,
            ),
            subject=_("Your account at %(company)s", company=company),
        )


@job(
    "accounts.send_step_code",
    title=_l("Send the code of a log-in"),
    queue="interactive",
    within=timedelta(minutes=10),
    stepped=True,
    tries=3,
    even_read_only=True,
)
def send_step_code(run: JobRun, *, pending: str, sealed: str) -> None:
    """Send the code of a second step by mail or SMS, unless the log-in has ended meanwhile."""
    send_once(run, lambda: _step_letter(pending, sealed))


def _step_letter(pending: str, sealed: str) -> Letter | None:
    row = (
        session()
        .execute(
            select(PendingLogIn, User)
            .join(User, User.id == PendingLogIn.user_id)
            .where(PendingLogIn.public_id == pending)
        )
        .one_or_none()
    )
    if row is None or row[0].ended_at is not None or row[0].expires_at <= clock.now():
        return None
    by_sms, user = row[0].code_way == LogInWay.SMS, row[1]
    code, _space, link = _opened(sealed, STEP_CODE, pending).partition(" ")
    with read_by(user):
        if by_sms:
            return _code_letter(user.phone, code)
        return Letter(
            user.email or "",
            _(
                "Your code is %(code)s, good for 10 minutes and once.\n\n"
                "Or open this address in the browser where you are signing in:\n%(link)s\n\n"
                "Type the code only at %(host)s, and tell it to nobody. If you did not sign in "
                "just now, somebody knows your password: choose a new one.",
                code=code,
                link=own_address(f"/login/step/link/{link}"),
                host=tenancy.current().host,
            ),
            subject=_("Your code for %(company)s", company=tenancy.current().name),
        )


@job(
    "accounts.send_phone_code",
    title=_l("Send the code that proves a phone"),
    queue="interactive",
    within=timedelta(minutes=10),
    stepped=True,
    tries=3,
    even_read_only=True,
)
def send_phone_code(run: JobRun, *, proof: str, sealed: str) -> None:
    """Send the code that proves a mobile number, unless it has expired meanwhile."""
    send_once(run, lambda: _phone_letter(proof, sealed))


def _phone_letter(proof: str, sealed: str) -> Letter | None:
    row = session().scalars(select(PhoneProof).where(PhoneProof.public_id == proof)).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return None
    with read_by(session().get_one(User, row.user_id)):
        return _code_letter(row.phone, _opened(sealed, PHONE_CODE, proof))


@job(
    "accounts.send_mail_link",
    title=_l("Send the link that proves an address"),
    queue="interactive",
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_mail_link(run: JobRun, *, proof: str, sealed: str) -> None:
    """Send the link that proves a mail address, unless it is worth nothing any more."""
    send_once(run, lambda: _link_letter(proof, sealed))


def _link_letter(proof: str, sealed: str) -> Letter | None:
    row = session().scalars(select(MailProof).where(MailProof.public_id == proof)).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return None
    token = _opened(sealed, MAIL_LINK, proof)
    company = tenancy.current().name
    with read_by(row.user):
        return Letter(
            row.email,
            _(
                "This address was entered for an account at %(company)s.\n\n"
                "Open this address within a day and confirm that it is yours:\n%(link)s\n\n"
                "If it was not you, do nothing: the account keeps the address it has.",
                company=company,
                link=own_address(f"/account/mail/{token}"),
            ),
            subject=_("Your e-mail address at %(company)s", company=company),
        )


@job(
    "accounts.send_new_device",
    title=_l("Tell of a log-in from a new device"),
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_new_device(run: JobRun, *, log_in: str) -> None:
    """Tell a person by mail of a log-in from a browser that was never seen with the account."""
    send_once(run, lambda: _device_letter(log_in))


def _device_letter(log_in: str) -> Letter | None:
    row = (
        session()
        .execute(
            select(LogIn, User)
            .join(User, User.id == LogIn.user_id)
            .where(LogIn.public_id == log_in)
        )
        .one_or_none()
    )
    if row is None:
        return None
    found, user = row
    company = tenancy.current().name
    with read_by(user):
        return Letter(
            user.email or "",
            _(
                "Somebody signed in to your account at %(company)s from a new device.\n\n"
                "Time: %(at)s\nDevice: %(device)s\nIP address: %(address)s\n\n"
                "If it was you, do nothing. If not, choose a new password at once and end all "
                "other log-ins at %(host)s, under “My account”.",
                company=company,
                at=format_datetime(found.created_at),
                device=device(found.user_agent),
                address=found.ip_address or "–",
                host=tenancy.current().host,
            ),
            subject=_("New device at %(company)s", company=company),
        )


@job(
    "accounts.send_change",
    title=_l("Tell of a change to an account"),
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_change(run: JobRun, *, user: str, sentence: str, sealed: str) -> None:
    """Tell a person by mail that something changed that opens the account."""
    send_once(run, lambda: _change_letter(user, sentence, sealed))


def _change_letter(user: str, sentence: str, sealed: str) -> Letter | None:
    person = find_user(user)
    if person is None:
        return None
    with read_by(person):
        return Letter(
            # Where he was reached before: it may be the address that was changed.
            _opened(sealed, CHANGE, user),
            _(
                "%(what)s\n\nTime: %(at)s\n\nIf it was you, do nothing. If not, choose a new "
                "password at once at %(host)s, or tell an administrator.",
                what=WORDS[Change(sentence)],
                at=format_datetime(clock.now()),
                host=tenancy.current().host,
            ),
            subject=_("Your account at %(company)s has changed", company=tenancy.current().name),
        )


@job(
    "accounts.send_reveal_alert",
    title=_l("Tell of the limit of reveals"),
    stepped=True,
    tries=4,
    even_read_only=True,
)
def send_reveal_alert(run: JobRun, *, user: str, record: str, most: int) -> None:
    """Tell the administrators by mail that somebody has reached the daily limit of reveals."""
    administrators = _administrators()
    session().rollback()
    for one in administrators:
        send_once(
            run,
            partial(_alert_letter, one, user, record, most),
            step=f"sent {one}",
            message_id=f"{run.id}-{one}",
        )


def _administrators() -> Sequence[str]:
    """Return the active administrators by their public ids."""
    return (
        session()
        .scalars(
            select(User.public_id)
            .where(User.is_active, User.roles.any(Role.code == ADMINISTRATOR))
            .order_by(User.id)
        )
        .all()
    )


def _alert_letter(administrator: str, user: str, record: str, most: int) -> Letter | None:
    reader, person = find_user(administrator), find_user(user)
    if reader is None or person is None:
        return None
    with read_by(reader):
        return Letter(
            reader.email or "",
            _(
                "%(name)s (%(username)s) has reached the limit of %(most)s reveals of personal "
                "data for today and wanted to see more, last of %(record)s.\n\n"
                "Who looked at what, and why, stands in the log of reveals at %(host)s.",
                name=person.name,
                username=person.username,
                most=most,
                record=record,
                host=tenancy.current().host,
            ),
            subject=_("Limit of reveals reached at %(company)s", company=tenancy.current().name),
        )


def _opened(sealed: str, label: str, public_id: str) -> str:
    return crypto.decrypt(base64.b64decode(sealed), label=label, public_id=public_id)


def _code_letter(phone: str | None, code: str) -> Letter:
    return Letter(
        phone or "",
        _(
            "%(company)s: your code is %(code)s, good for 10 minutes. Tell it to nobody.",
            company=tenancy.current().name,
            code=code,
        ),
    )


def reset_link(token: str) -> str:
    """Return the address of a reset at the workspace's own official host (D029)."""
    return own_address(f"/reset/{token}")


@job(
    "accounts.purge_expired",
    title=_l("Clear away expired log-ins"),
    queue="bulk",
    stepped=True,
    even_read_only=True,
)
def purge_expired(run: JobRun) -> None:
    """Delete log-ins, proofs and resets that have opened nothing for a month."""
    session().rollback()
    deleted = upkeep.purge_expired()
    run.progress(deleted, deleted)


schedule(purge_expired, every=Daily("03:40"))
