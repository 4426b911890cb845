"""Background work of channels: codes by SMS."""

from kit import sms
from kit.db import session
from kit.jobs import JobRun, job
from tenants.channels.services.codes import message_for


@job("channels.send_code", stepped=True)
def send_code(run: JobRun, reset_id: str) -> None:
    """Send the code of a reset to its person's mobile number, unless it is of no use any more."""
    if run.is_done("sent"):
        return
    message = message_for(reset_id)
    session().rollback()
    if message is None:
        return
    recipient, text = message
    sms.send(recipient, text, message_id=run.id)
    run.mark("sent")
