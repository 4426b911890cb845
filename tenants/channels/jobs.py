"""Background work of channels: codes by SMS."""

from datetime import timedelta

from kit import clock
from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.jobs import Daily, JobRun, job, schedule
from tenants.accounts.letters import send_once
from tenants.accounts.services import upkeep
from tenants.channels.models import ChannelUserSession
from tenants.channels.services.codes import letter_for


@job(
    "channels.send_code",
    title=_l("Send a code to a channel's user"),
    queue="interactive",
    within=timedelta(minutes=10),
    stepped=True,
    even_read_only=True,
)
def send_code(run: JobRun, reset_id: str) -> None:
    """Send the code of a reset to its person's mobile number, unless it is of no use any more."""
    send_once(run, lambda: letter_for(reset_id))


@job(
    "channels.purge_expired",
    title=_l("Clear away expired log-ins of channels"),
    queue="bulk",
    stepped=True,
    even_read_only=True,
)
def purge_expired(run: JobRun) -> None:
    """Delete log-ins of channels that have opened nothing for a month."""
    session().rollback()
    deleted = upkeep.purge_older(ChannelUserSession, clock.now() - upkeep.KEPT_FOR)
    run.progress(deleted, deleted)


schedule(purge_expired, every=Daily("03:50"))
