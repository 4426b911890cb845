"""The way back for a workspace whose only administrator has lost all that opens the account.

The platform operator opens it; what is behind it, a new password without second step, only whoever
reads the mailbox can take that the workspace was signed up with.
"""

from datetime import timedelta

from sqlalchemy import select, update

from control.plane import WayBack
from kit import audit, clock, crypto
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import events, jobs
from tenants.accounts.models import PasswordReset, ResetWay, Role, User
from tenants.accounts.seed import ADMINISTRATOR
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.people import lock_administrators, locked_user

OPEN_FOR = timedelta(days=1)
_LABEL = "way_back.secret"


def sole_administrator() -> str:
    """Return the log-in name of the only active administrator; Refused when there are others."""
    return only_administrator().username


def only_administrator() -> User:
    """Return the workspace's only active administrator; Refused when there are several or none."""
    found = session().scalars(
        select(User)
        .where(User.roles.any(Role.code == ADMINISTRATOR), User.is_active)
        .order_by(User.id)
        .limit(2)
    )
    people = found.all()
    if not people:
        raise Refused(_("This workspace has no active administrator."))
    if len(people) > 1:
        raise Refused(
            _("This workspace has other administrators; one of them can let the person in.")
        )
    return people[0]


def open_way_back(asked: str, *, reason: str, by: audit.Actor) -> WayBack:
    """Make the link that lets the only administrator in once; those before are worth nothing.

    Asked for again under the same word it is the same link: a job that was killed goes on with it.
    """
    secret = crypto.blind_indexes(asked, label=_LABEL)[0].partition(":")[2]
    digest = crypto.digest(secret)
    with transaction(even_read_only=True) as work:
        lock_administrators()
        user = locked_user(only_administrator())
        reset = work.scalars(
            select(PasswordReset).where(PasswordReset.digest == digest)
        ).one_or_none()
        if reset is None:
            _end_those_before(user)
            reset = PasswordReset(
                user_id=user.id,
                way=ResetWay.OPERATOR,
                digest=digest,
                expires_at=clock.now() + OPEN_FOR,
            )
            work.add(reset)
            audit.record(events.WAY_BACK_OPENED, user, by=by, reason=reason)
            tell(user, Change.WAY_BACK)
        return WayBack(user.name, user.username, jobs.reset_link(secret), reset.expires_at)


def _end_those_before(user: User) -> None:
    session().execute(
        update(PasswordReset)
        .where(
            PasswordReset.user_id == user.id,
            PasswordReset.way == ResetWay.OPERATOR,
            PasswordReset.used_at.is_(None),
        )
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )
