"""Verbs on addresses: refuse a bad one, have forgotten ones sent."""

import base64
import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from control.domains import queries
from control.domains.jobs import CONTACT, send_addresses
from kit import audit, clock, crypto, ids, jobs
from kit.db import control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import email_address, phone_number

ASKED = audit.Event.named("address:asked")
ASKS_AN_HOUR = 3
_SHAPE = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]")
# RFC 5891: two hyphens in the third and fourth place announce an encoded name, such as xn--.
_ENCODED = re.compile(r"..--")


@dataclass(frozen=True, slots=True)
class Contact:
    """A mail address or mobile number in the audit log: only its blind index."""

    public_id: str


def refuse_bad_address(address: str) -> None:
    """Raise Refused for an address that cannot be had: misshapen, reserved or taken."""
    if not queries.SHORTEST <= len(address) <= queries.LONGEST:
        raise Refused(_("The address needs 3 to 30 characters."), field="address")
    if not _SHAPE.fullmatch(address):
        raise Refused(
            _(
                "The address may have lower-case letters, digits and hyphens, "
                "but no hyphen at its ends."
            ),
            field="address",
        )
    if _ENCODED.match(address):
        raise Refused(_("The address may not be an encoded name."), field="address")
    if address in queries.reserved():
        raise Refused(_("This address is reserved; choose another."), field="address")
    if queries.is_taken(address):
        raise Refused(_("This address is taken; choose another."), field="address")


def ask_for_addresses(contact: str, *, by: audit.Actor) -> None:
    """Have the workspaces behind a mail address or mobile number sent to the proven mailbox.

    Whoever asks is told nothing else, whether there are any or none; from the fourth time in an
    hour on, nothing is sent. Refused when the text is neither.
    """
    try:
        contact = email_address(contact) if "@" in contact else phone_number(contact)
    except ValueError:
        raise Refused(_("Enter an e-mail address or a mobile number."), field="contact") from None
    subject = Contact(crypto.blind_index(contact, label=CONTACT))
    with control_transaction() as control:
        asked = control.scalars(
            select(func.count())
            .select_from(audit.ControlAuditEntry)
            .where(
                audit.ControlAuditEntry.subject_id == subject.public_id,
                audit.ControlAuditEntry.event == ASKED.name,
                audit.ControlAuditEntry.created_at > clock.now() - timedelta(hours=1),
            )
        ).one()
        if asked >= ASKS_AN_HOUR:
            return
        audit.record_control(ASKED, subject, by=by)
        reference = ids.new()
        sealed = crypto.encrypt(contact, label=CONTACT, public_id=reference)
        jobs.enqueue_control(
            send_addresses, reference=reference, sealed=base64.b64encode(sealed).decode()
        )
