"""Codes and links that are sent to somebody at the door, in place of the app."""

import base64
import hmac
import secrets
from datetime import timedelta

from kit import audit, clock, crypto, ids
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from tenants.accounts import events, jobs, queries
from tenants.accounts.models import LogInWay, PendingLogIn
from tenants.accounts.services import throttles

CODE_FOR = timedelta(minutes=10)
CODE_TRIES = 5


def send_code(token: str, *, way: LogInWay) -> None:
    """Send a code to the person at the door, at most once a minute and twenty times a day.

    By mail a link goes with it, good in the browser that asked. Refuses a way that the workspace
    does not want, and one for which no address or proved number is known.
    """
    with transaction(even_read_only=True) as work:
        found = queries.pending_log_in(token)
        if found is None:
            raise Refused(_("This took too long. Sign in again."))
        if way not in {LogInWay.MAIL, LogInWay.SMS} or way not in queries.ways_of(found.user):
            raise Refused(_("No code can be sent this way."))
        sent = throttles.locked(f"mail:{found.user.public_id}")
        if throttles.is_full(sent, throttles.MAILS):
            raise Refused(_("A code was sent a moment ago. Wait a minute before the next one."))
        throttles.count(sent, throttles.MAILS)
        pending = work.get_one(PendingLogIn, found.id, with_for_update=True, populate_existing=True)
        code = f"{secrets.randbelow(10**6):06}"
        link = ids.secret() if way == LogInWay.MAIL else ""
        pending.code_digest = _digests(pending, code)[0]
        pending.link_digest = crypto.digest(link) if link else None
        pending.code_way = way
        pending.code_sent_at = clock.now()
        pending.code_tries = 0
        sealed = crypto.encrypt(f"{code} {link}", label=jobs.STEP_CODE, public_id=pending.public_id)
        enqueue(
            jobs.send_step_code,
            pending=pending.public_id,
            sealed=base64.b64encode(sealed).decode(),
        )
        event = events.CODE_MAILED if way == LogInWay.MAIL else events.CODE_TEXTED
        audit.record(event, found.user, by=found.user)


def take_sent(pending: PendingLogIn, code: str, way: LogInWay) -> bool:
    """Use up the code that was sent this way, as part of an attempt; False for a wrong one."""
    if pending.code_way != way or not _is_open(pending) or pending.code_digest is None:
        return False
    pending.code_tries += 1
    typed = "".join(code.split())
    return any(hmac.compare_digest(pending.code_digest, one) for one in _digests(pending, typed))


def take_link(pending: PendingLogIn, secret: str) -> bool:
    """Use up the link that was mailed, as part of an attempt; False for a wrong one."""
    if pending.link_digest is None or not _is_open(pending):
        return False
    pending.code_tries += 1
    return hmac.compare_digest(pending.link_digest, crypto.digest(secret))


def _is_open(pending: PendingLogIn) -> bool:
    sent_at = pending.code_sent_at
    in_time = sent_at is not None and clock.now() - sent_at <= CODE_FOR
    return in_time and pending.code_tries < CODE_TRIES


def _digests(pending: PendingLogIn, code: str) -> list[str]:
    return crypto.blind_indexes(f"{pending.public_id}:{code}", label="pending_log_ins.code_digest")
