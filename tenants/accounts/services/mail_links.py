"""Links that prove a mail address: it counts only once its link was followed."""

import base64
from datetime import timedelta

from sqlalchemy import update

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts import events, jobs
from tenants.accounts.models import MailProof, User
from tenants.accounts.services import throttles

LINK_FOR = timedelta(days=1)


def begin_link(user: User) -> None:
    """Refuse another link within a minute of the last, or after twenty in a day.

    It locks, so it comes first in a verb.
    """
    sent = throttles.locked(f"mail:{user.public_id}")
    if throttles.is_full(sent, throttles.MAILS):
        raise Refused(
            _("A link was sent a moment ago. Wait a minute before the next one."), field="email"
        )
    throttles.count(sent, throttles.MAILS)


def send_link(user: User, email: str) -> None:
    """Send a link to an address that is to be a person's, as part of a verb.

    The links before are worth nothing then.
    """
    drop_links(user)
    secret = ids.secret()
    proof = MailProof(
        user_id=user.id,
        email=email,
        token_digest=crypto.digest(secret),
        expires_at=clock.now() + LINK_FOR,
    )
    session().add(proof)
    session().flush()  # the job must find it
    sealed = crypto.encrypt(secret, label=jobs.MAIL_LINK, public_id=proof.public_id)
    enqueue(jobs.send_mail_link, proof=proof.public_id, sealed=base64.b64encode(sealed).decode())
    audit.record(events.MAIL_LINK_SENT, user, by=user)


def drop_links(user: User) -> None:
    """Make the links that a person has not followed worth nothing."""
    session().execute(
        update(MailProof)
        .where(MailProof.user_id == user.id, MailProof.used_at.is_(None))
        .values(expires_at=clock.now())
    )


def prove_again(user: User) -> None:
    """Send a link to the address that a person has, which nobody has proved yet."""
    with transaction(even_read_only=True):
        begin_link(user)
        if not user.email:
            raise Refused(_("Enter your e-mail address first."))
        send_link(user, user.email)


def forget_asked(user: User) -> None:
    """Give up a change of the mail address whose link was not followed."""
    with transaction():
        drop_links(user)
        audit.record(events.MAIL_LINK_DROPPED, user, by=user)
