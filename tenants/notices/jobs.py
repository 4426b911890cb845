"""Background work of notices: what leaves the house, and what becomes due."""

from datetime import datetime

from sqlalchemy import select

from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from tenants.accounts.models import User
from tenants.notices.models import Delivery

TRIES = 6


@job(
    "notices.deliver",
    title=_l("Send a notice"),
    stepped=True,
    tries=TRIES,
    even_read_only=True,
)
def deliver(run: JobRun, *, delivery: str) -> None:
    """Send one notice by one way."""
    from tenants.notices.services.delivering import send_due

    send_due(run, Delivery.public_id == delivery, tries=TRIES)


@job(
    "notices.deliver_digest",
    title=_l("Send a digest of notices"),
    stepped=True,
    tries=TRIES,
    even_read_only=True,
)
def deliver_digest(run: JobRun, *, person: str, way: str, due: str) -> None:
    """Send what has gathered for a person on a way as one message."""
    from tenants.notices.services.delivering import send_due

    send_due(
        run,
        (Delivery.user_id == select(User.id).where(User.public_id == person).scalar_subquery())
        & (Delivery.way == way)
        & (Delivery.due_at == datetime.fromisoformat(due)),
        tries=TRIES,
    )


@job("notices.remind", title=_l("Remind a person"))
def remind(run: JobRun, *, reminder: str, at: str) -> None:
    """Tell a person that a reminder is due, unless it was done or moved meanwhile."""
    from tenants.notices.services.reminders import tell_due

    del run
    tell_due(reminder, at=datetime.fromisoformat(at))


@job("notices.announce", title=_l("Tell of an announcement"))
def announce(run: JobRun, *, announcement: str) -> None:
    """Tell an announcement's audience of it once it is shown."""
    from tenants.notices.services.announcements import tell_audience

    del run
    tell_audience(announcement)
