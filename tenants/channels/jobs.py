"""Background work of channels: codes by SMS."""

from kit.jobs import JobRun, job
from tenants.accounts.letters import send_once
from tenants.channels.services.codes import letter_for


@job("channels.send_code", stepped=True)
def send_code(run: JobRun, reset_id: str) -> None:
    """Send the code of a reset to its person's mobile number, unless it is of no use any more."""
    send_once(run, lambda: letter_for(reset_id))
