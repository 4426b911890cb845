"""Inviting people by mail: they are added without a password and choose their own by a link."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import enqueue
from kit.security import hash_password, refuse_weak_password
from tenants.accounts import events, jobs, queries
from tenants.accounts.models import Role, Unit, User, UserInvitation
from tenants.accounts.services.people import enter_user, locked_user, own_data, refuse_if_beyond

INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody to be invited."""

    username: str
    name: str
    email: str
    roles: Sequence[Role]
    phone: str | None = None
    unit: Unit | None = None
    is_head: bool = False


def invite_people(rows: Sequence[NewPerson], *, by: audit.Actor) -> list[User]:
    """Add people who choose their own passwords by a link in a mail, all of them or none.

    Refuses as `add_user` does, and a person without a mail address.
    """
    invited = []
    with transaction():
        for row in rows:
            if not row.email:
                raise Refused(_("An invitation needs an e-mail address."), field="email")
            user = enter_user(
                username=row.username,
                name=row.name,
                email=row.email,
                phone=row.phone,
                roles=row.roles,
                unit=row.unit,
                is_head=row.is_head,
                by=by,
            )
            _invite(user, by=by)
            invited.append(user)
    return invited


def invite_again(user: User, *, by: audit.Actor) -> None:
    """Send a fresh link to somebody who has not taken up the invitation; the one before is dead.

    Refuses people who have a password, are disabled or have no mail address, and those who may do
    more than the one who asks.
    """
    with transaction():
        user = locked_user(user)
        refuse_if_beyond(user, by=by)
        if not user.is_invited:
            raise Refused(_("%(name)s has a password already.", name=user.name))
        if not user.is_active:
            raise Refused(_("%(name)s is disabled.", name=user.name))
        if not user.email:
            raise Refused(_("An invitation needs an e-mail address."))
        _invite(user, by=by)


def revoke_invitation(user: User, *, by: audit.Actor) -> None:
    """Make the link of an invitation worthless; refuses people who may do more."""
    with transaction():
        user = locked_user(user)
        refuse_if_beyond(user, by=by)
        if _revoke(user):
            audit.record(events.INVITATION_REVOKED, user, by=by)


def accept_invitation(token: str, *, password: str, again: str) -> User:
    """Set the first password of an invited person by the link from the mail, once.

    Refuses a link that was used, revoked or has expired, two different passwords and a weak one.
    """
    if password != again:
        raise Refused(_("The two new passwords differ."), field="again")
    with transaction(even_read_only=True):
        found = queries.find_user_invitation(token)
        # The person first, then the link: an administrator who sends another one waits here.
        user = None if found is None else locked_user(found.user)
        found = None if user is None else queries.find_user_invitation(token)
        if user is None or found is None or not user.is_active or not user.is_invited:
            raise Refused(_("This invitation was used already or is no longer good."))
        refuse_weak_password(password, about=own_data(user), policy=queries.password_policy())
        found.used_at = clock.now()
        user.password_hash = hash_password(password)
        user.must_change_password = False
        # The link went to the address.
        user.email_proved_at = clock.now()
        user.version += 1
        audit.record(events.INVITATION_ACCEPTED, user, by=user)
        return user


def _invite(user: User, *, by: audit.Actor) -> None:
    _revoke(user)
    token = ids.secret()
    made = UserInvitation(
        user_id=user.id,
        token_digest=crypto.digest(token),
        expires_at=clock.now() + INVITED_FOR,
    )
    session().add(made)
    sealed = crypto.encrypt(token, label=jobs.INVITATION, public_id=made.public_id)
    enqueue(
        jobs.send_invitation,
        invitation=made.public_id,
        sealed=base64.b64encode(sealed).decode(),
    )
    audit.record(events.INVITED, user, by=by, days=INVITED_FOR.days)


def _revoke(user: User) -> bool:
    """Revoke what is open of a person's invitations; tell whether there was one."""
    revoked = session().execute(
        update(UserInvitation)
        .where(
            UserInvitation.user_id == user.id,
            UserInvitation.used_at.is_(None),
            UserInvitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
        .returning(UserInvitation.id)
    )
    return bool(revoked.all())
