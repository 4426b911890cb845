"""Background work of customers: what they are told."""

from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from tenants.customers.messages import sending

TRIES = 6


@job(
    "customers.send_message",
    title=_l("Send a message to a customer"),
    stepped=True,
    tries=TRIES,
    even_read_only=True,
)
def send_message(run: JobRun, *, message: str) -> None:
    """Send one message to a customer."""
    sending.send_message(run, message, tries=TRIES)
