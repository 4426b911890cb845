"""Mail and SMS that accounts send."""

import base64

from sqlalchemy import select

from kit import clock, crypto, mail, sms, tenancy
from kit.db import session
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.jobs import JobRun, job
from kit.settings import get_settings
from kit.web.devices import device
from tenants.accounts.changes import WORDS, Change
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
from tenants.accounts.seed import ADMINISTRATOR

# What a job's sealed secret is bound to.
SECRET = "password_resets.secret"  # noqa: S105 - a label, no password
INVITATION = "user_invitations.token"
CHANGE = "users.change"
PHONE_CODE = "phone_proofs.code"
MAIL_LINK = "mail_proofs.token"
STEP_CODE = "pending_log_ins.code"


@job("accounts.send_reset", stepped=True, tries=4)
def send_reset(run: JobRun, *, reset: str, sealed: str) -> None:
    """Send the link or the code of a reset, unless it has expired or was used meanwhile."""
    if run.is_done("sent"):
        return
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
        return
    way, user = row[0].way, row[1]
    secret = crypto.decrypt(base64.b64decode(sealed), label=SECRET, public_id=reset)
    recipient = (user.email or "") if way == ResetWay.MAIL else user.phone
    # The transaction ends before anything leaves.
    session().rollback()
    if not recipient:
        return
    company = tenancy.current().name
    if way == ResetWay.MAIL:
        mail.send(
            recipient,
            _("Choose a new password for %(company)s", company=company),
            _(
                "Somebody asked for a new password for your account at %(company)s.\n\n"
                "Open this address within one hour and choose one:\n%(link)s\n\n"
                "It is an address of %(host)s; do not type a password anywhere else.\n"
                "If it was not you, do nothing: your password stays as it is.",
                company=company,
                link=reset_link(secret),
                host=tenancy.current().host,
            ),
            message_id=run.id,
        )
    else:
        sms.send(
            recipient,
            _(
                "%(company)s: your code is %(code)s, good for 10 minutes. Tell it to nobody.",
                company=company,
                code=secret,
            ),
            message_id=run.id,
        )
    run.mark("sent")


@job("accounts.send_invitation", stepped=True, tries=4)
def send_invitation(run: JobRun, *, invitation: str, sealed: str) -> None:
    """Send somebody the link of an invitation, unless it was used or revoked meanwhile."""
    if run.is_done("sent"):
        return
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
        return
    until, user = row[0].expires_at, row[1]
    token = crypto.decrypt(base64.b64decode(sealed), label=INVITATION, public_id=invitation)
    recipient, name, username = user.email, user.name, user.username
    session().rollback()
    if not recipient:
        return
    company = tenancy.current().name
    mail.send(
        recipient,
        _("Your account at %(company)s", company=company),
        _(
            "%(name)s, you have an account at %(company)s now. Your username is %(username)s.\n\n"
            "Open this address by %(until)s and choose your own password:\n%(link)s\n\n"
            "It works once, at %(host)s only. If you did not expect this, do nothing.",
            name=name,
            company=company,
            username=username,
            until=format_datetime(until),
            link=own_address(f"/invitation/{token}"),
            host=tenancy.current().host,
        ),
        message_id=run.id,
    )
    run.mark("sent")


@job("accounts.send_step_code", stepped=True, tries=3)
def send_step_code(run: JobRun, *, pending: str, sealed: str) -> None:
    """Send the code of a second step by mail or SMS, unless the log-in has ended meanwhile."""
    if run.is_done("sent"):
        return
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
        return
    secret = crypto.decrypt(base64.b64decode(sealed), label=STEP_CODE, public_id=pending)
    code, _space, link = secret.partition(" ")
    by_mail = row[0].code_way != LogInWay.SMS
    recipient = row[1].email if by_mail else row[1].phone
    session().rollback()
    if not recipient:
        return
    if by_mail:
        _mail_code(recipient, code, link, message_id=run.id)
    else:
        sms.send(
            recipient,
            _(
                "%(company)s: your code is %(code)s, good for 10 minutes. Tell it to nobody.",
                company=tenancy.current().name,
                code=code,
            ),
            message_id=run.id,
        )
    run.mark("sent")


def _mail_code(recipient: str, code: str, link: str, *, message_id: str) -> None:
    mail.send(
        recipient,
        _("Your code for %(company)s", company=tenancy.current().name),
        _(
            "Your code is %(code)s, good for 10 minutes and once.\n\n"
            "Or open this address in the browser where you are signing in:\n%(link)s\n\n"
            "Type the code only at %(host)s, and tell it to nobody. If you did not sign in just "
            "now, somebody knows your password: choose a new one.",
            code=code,
            link=own_address(f"/login/step/link/{link}"),
            host=tenancy.current().host,
        ),
        message_id=message_id,
    )


@job("accounts.send_phone_code", stepped=True, tries=3)
def send_phone_code(run: JobRun, *, proof: str, sealed: str) -> None:
    """Send the code that proves a mobile number, unless it has expired meanwhile."""
    if run.is_done("sent"):
        return
    row = session().scalars(select(PhoneProof).where(PhoneProof.public_id == proof)).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return
    code = crypto.decrypt(base64.b64decode(sealed), label=PHONE_CODE, public_id=proof)
    recipient = row.phone
    session().rollback()
    sms.send(
        recipient,
        _(
            "%(company)s: your code is %(code)s, good for 10 minutes. Tell it to nobody.",
            company=tenancy.current().name,
            code=code,
        ),
        message_id=run.id,
    )
    run.mark("sent")


@job("accounts.send_mail_link", stepped=True, tries=4)
def send_mail_link(run: JobRun, *, proof: str, sealed: str) -> None:
    """Send the link that proves a mail address, unless it is worth nothing any more."""
    if run.is_done("sent"):
        return
    row = session().scalars(select(MailProof).where(MailProof.public_id == proof)).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return
    token = crypto.decrypt(base64.b64decode(sealed), label=MAIL_LINK, public_id=proof)
    recipient = row.email
    session().rollback()
    company = tenancy.current().name
    mail.send(
        recipient,
        _("Your e-mail address at %(company)s", company=company),
        _(
            "This address was entered for an account at %(company)s.\n\n"
            "Open this address within a day and confirm that it is yours:\n%(link)s\n\n"
            "If it was not you, do nothing: the account keeps the address it has.",
            company=company,
            link=own_address(f"/account/mail/{token}"),
        ),
        message_id=run.id,
    )
    run.mark("sent")


@job("accounts.send_new_device", stepped=True, tries=4)
def send_new_device(run: JobRun, *, log_in: str) -> None:
    """Tell a person by mail of a log-in from a browser that was never seen with the account."""
    if run.is_done("sent"):
        return
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
        return
    found, recipient = row[0], row[1].email
    at = format_datetime(found.created_at)
    browser, address = device(found.user_agent), found.ip_address or "–"
    session().rollback()
    if not recipient:
        return
    company = tenancy.current().name
    mail.send(
        recipient,
        _("New device at %(company)s", company=company),
        _(
            "Somebody signed in to your account at %(company)s from a new device.\n\n"
            "Time: %(at)s\nDevice: %(device)s\nIP address: %(address)s\n\n"
            "If it was you, do nothing. If not, choose a new password at once and end all other "
            "log-ins at %(host)s, under “My account”.",
            company=company,
            at=at,
            device=browser,
            address=address,
            host=tenancy.current().host,
        ),
        message_id=run.id,
    )
    run.mark("sent")


@job("accounts.send_change", stepped=True, tries=4)
def send_change(run: JobRun, *, user: str, sentence: str, sealed: str) -> None:
    """Tell a person by mail that something changed that opens the account."""
    if run.is_done("sent"):
        return
    at = format_datetime(clock.now())
    recipient = crypto.decrypt(base64.b64decode(sealed), label=CHANGE, public_id=user)
    session().rollback()
    company, host = tenancy.current().name, tenancy.current().host
    mail.send(
        recipient,
        _("Your account at %(company)s has changed", company=company),
        _(
            "%(what)s\n\nTime: %(at)s\n\nIf it was you, do nothing. If not, choose a new password "
            "at once at %(host)s, or tell an administrator.",
            what=WORDS[Change(sentence)],
            at=at,
            host=host,
        ),
        message_id=run.id,
    )
    run.mark("sent")


@job("accounts.send_reveal_alert", stepped=True, tries=4)
def send_reveal_alert(run: JobRun, *, user: str, record: str, most: int) -> None:
    """Tell the administrators by mail that somebody has reached the daily limit of reveals."""
    person = session().scalars(select(User).where(User.public_id == user)).one_or_none()
    if person is None:
        return
    name, username = person.name, person.username
    waiting = [
        (number, recipient)
        for number, recipient in enumerate(administrators_mails())
        if not run.is_done(f"sent {number}")
    ]
    session().rollback()
    company = tenancy.current().name
    for number, recipient in waiting:
        mail.send(
            recipient,
            _("Limit of reveals reached at %(company)s", company=company),
            _(
                "%(name)s (%(username)s) has reached the limit of %(most)s reveals of personal "
                "data for today and wanted to see more, last of %(record)s.\n\n"
                "Who looked at what, and why, stands in the log of reveals at %(host)s.",
                name=name,
                username=username,
                most=most,
                record=record,
                host=tenancy.current().host,
            ),
            message_id=f"{run.id}-{number}",
        )
        run.mark(f"sent {number}")


def administrators_mails() -> list[str]:
    """Return the mail addresses of the active administrators."""
    return list(
        session().scalars(
            select(User.email)
            .where(
                User.is_active,
                User.email.is_not(None),
                User.roles.any(Role.code == ADMINISTRATOR),
            )
            .order_by(User.id)
        )
    )


def reset_link(token: str) -> str:
    """Return the address of a reset at the workspace's own official host (D029)."""
    return own_address(f"/reset/{token}")


def own_address(path: str) -> str:
    """Return the address of a page at the workspace's own official host."""
    scheme = "http" if get_settings().is_development else "https"
    return f"{scheme}://{tenancy.current().host}{path}"
