"""Letters to one person: written in his own language, sent by mail or SMS, once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kit import mail, sms, tenancy
from kit.crash import crash_point
from kit.db import session
from kit.i18n import current_locale, speaking
from kit.jobs import JobRun
from kit.settings import get_settings
from tenants.accounts.models import User


@dataclass(frozen=True, slots=True)
class Letter:
    """What leaves, and for which address or number; without a subject it goes by SMS."""

    recipient: str
    text: str
    subject: str = ""


@contextmanager
def read_by(person: User, *, otherwise: str | None = None) -> Iterator[None]:
    """Write in a person's own language inside the block; else in another, or the workspace's."""
    with speaking(person.language or otherwise or current_locale()):
        yield


def send_once(
    run: JobRun, write: Callable[[], Letter | None], *, step: str = "sent", message_id: str = ""
) -> None:
    """Send what `write` returns as a step of a job; None, or nowhere to send it, sends nothing.

    `write` reads the database; its transaction ends before anything leaves.
    """
    if run.is_done(step):
        return
    letter = write()
    session().rollback()
    if letter is None or not letter.recipient:
        return
    message_id = message_id or run.id
    if letter.subject:
        mail.send(letter.recipient, letter.subject, letter.text, message_id=message_id)
    else:
        sms.send(letter.recipient, letter.text, message_id=message_id)
    crash_point("letter.sent")
    run.mark(step)


def own_address(path: str) -> str:
    """Return the address of a page at the workspace's own official host."""
    scheme = "http" if get_settings().is_development else "https"
    return f"{scheme}://{tenancy.current().host}{path}"
