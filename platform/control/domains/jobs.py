"""Background work on addresses."""

import base64

from flask_babel import force_locale

from control.domains import queries
from control.domains.queries import Mailbox
from kit import crypto, mail
from kit.db import control_session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

CONTACT = "control.find.contact"


@job(
    "domains.send_addresses",
    title=_l("Send the addresses of workspaces"),
    queue="interactive",
    stepped=True,
)
def send_addresses(run: JobRun, *, reference: str, sealed: str) -> None:
    """Send each proven mailbox behind a contact the workspaces that were signed up with it."""
    contact = crypto.decrypt(base64.b64decode(sealed), label=CONTACT, public_id=reference)
    find = queries.mailboxes_of_email if "@" in contact else queries.mailboxes_of_phone
    mailboxes = find(contact)
    for mailbox in mailboxes:
        # The step names the mailbox without its address, which is personal.
        step = crypto.blind_index(mailbox.address, label=CONTACT)
        if run.is_done(step):
            continue
        control_session().rollback()
        with force_locale(mailbox.locale):
            _send(mailbox, message_id=f"{run.id}-{crypto.digest(step)[:8]}")
        run.mark(step)


def _send(mailbox: Mailbox, *, message_id: str) -> None:
    lines = "\n".join(f"{place.name}: {place.url}" for place in mailbox.places)
    mail.send(
        mailbox.address,
        _("Your workspaces on Simtree"),
        _(
            "Hello,\n\nsomebody, probably you, asked where your workspaces are:\n\n%(lines)s\n\n"
            "If it was not you, nothing needs to be done: only you get this mail.\n",
            lines=lines,
        ),
        message_id=message_id,
    )
