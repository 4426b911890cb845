"""Proving that a mobile number is one's own, by a code that is sent to it."""

import base64
import secrets
from datetime import timedelta

from sqlalchemy import select

from kit import audit, clock, crypto
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts import events, jobs
from tenants.accounts.models import PhoneProof, User
from tenants.accounts.services import throttles
from tenants.accounts.services.people import locked_user

CODE_FOR = timedelta(minutes=10)
CODE_TRIES = 5
_LABEL = "phone_proofs.digest"


def send_phone_code(user: User) -> None:
    """Send a code to a person's own number, at most once a minute and twenty times a day."""
    with transaction(even_read_only=True) as work:
        sent = throttles.locked(f"sms:{user.public_id}")
        if throttles.is_full(sent, throttles.MAILS):
            raise Refused(_("A code was sent a moment ago. Wait a minute before the next one."))
        user = locked_user(user)
        if not user.phone_cipher:
            raise Refused(_("Enter your mobile number first."))
        throttles.count(sent, throttles.MAILS)
        code = f"{secrets.randbelow(10**6):06}"
        proof = PhoneProof(
            user_id=user.id, phone=user.phone, digest="", expires_at=clock.now() + CODE_FOR
        )
        proof.digest = _digests(proof, code)[0]
        work.add(proof)
        sealed = crypto.encrypt(code, label=jobs.PHONE_CODE, public_id=proof.public_id)
        enqueue(
            jobs.send_phone_code,
            proof=proof.public_id,
            sealed=base64.b64encode(sealed).decode(),
        )
        audit.record(events.PHONE_CODE_SENT, user, by=user)


def prove_phone(user: User, code: str) -> None:
    """Let a number count as the person's own, by the newest code that went to it, once.

    Refuses a wrong or expired code, any after five tries, and one that went to another number.
    """
    is_right = False
    with transaction(even_read_only=True):
        user = locked_user(user)
        proof = _newest(user)
        if proof is not None and proof.tries < CODE_TRIES and proof.phone == user.phone:
            proof.tries += 1
            is_right = proof.digest in _digests(proof, "".join(code.split()))
        if proof is not None and is_right:
            proof.used_at = clock.now()
            user.phone_proved_at = clock.now()
            user.version += 1
            audit.record(events.PHONE_PROVED, user, by=user)
    if not is_right:
        raise Refused(_("This code is wrong or has expired."), field="code")


def _newest(user: User) -> PhoneProof | None:
    newest = (
        session()
        .scalars(
            select(PhoneProof)
            .where(PhoneProof.user_id == user.id)
            .order_by(PhoneProof.id.desc())
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if newest is None or newest.used_at is not None or newest.expires_at <= clock.now():
        return None
    return newest


def _digests(proof: PhoneProof, code: str) -> list[str]:
    return crypto.blind_indexes(f"{proof.public_id}:{code}", label=_LABEL)
