"""Invite people to a channel by a link, once each."""

import re
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from kit import audit, clock, crypto, ids
from kit.db import session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.personal import national
from kit.security import hash_password, refuse_weak_password
from tenants.accounts.queries import password_policy
from tenants.channels.models import Channel, ChannelUser, ChannelUserRole, Invitation
from tenants.channels.parameters import INVITATION_DAYS
from tenants.channels.services import freezing, sessions

INVITED = audit.Event.named("channel:invited", "name", "role")
REVOKED = audit.Event.named("channel:invitation_revoked", "name", "role")
JOINED = audit.Event.named("channel:joined", "name", "role")
_LABEL = "invitations.token"
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{3,31}")


def _tokens(public_id: str) -> list[str]:
    """Return the token of an invitation under each live key of the workspace.

    144 bits that follow from the public id and the secret key: a link can be shown again while
    the invitation is open, and the table holds no more than its digest.
    """
    marks = crypto.blind_indexes(public_id, label=_LABEL)
    return [mark.partition(":")[2] for mark in marks]


def token_of(invitation: Invitation) -> str:
    """Return the token of an open invitation, for its link; Missing when it is open no more."""
    if not is_open(invitation):
        raise Missing(invitation.public_id)
    for token in _tokens(invitation.public_id):
        if crypto.digest(token) == invitation.token_digest:
            return token
    raise Missing(invitation.public_id)


def is_open(invitation: Invitation) -> bool:
    """Tell whether an invitation can still be accepted."""
    unused = invitation.accepted_at is None and invitation.revoked_at is None
    return unused and invitation.expires_at > clock.now()


def invite(channel: Channel, *, role: str, name: str, by: audit.Actor) -> tuple[Invitation, str]:
    """Invite one person to a channel for some days; return the invitation and its token.

    Refuses a frozen or deleted channel.
    """
    with transaction() as current:
        freezing.refuse_if_frozen(channel)
        public_id = ids.new()
        token = _tokens(public_id)[0]
        invitation = Invitation(
            public_id=public_id,
            channel_id=channel.id,
            role=ChannelUserRole(role),
            name=name,
            token_digest=crypto.digest(token),
            expires_at=clock.now() + timedelta(days=INVITATION_DAYS.value()),
        )
        current.add(invitation)
        current.flush()
        audit.record(INVITED, channel, by=by, name=name, role=role)
        return invitation, token


def _lock(invitation: Invitation) -> Invitation:
    return (
        session()
        .scalars(
            select(Invitation)
            .where(Invitation.id == invitation.id)
            .options(joinedload(Invitation.channel))
            .with_for_update(of=Invitation)
            .execution_options(populate_existing=True)
        )
        .one()
    )


def revoke_invitation(invitation: Invitation, *, by: audit.Actor) -> None:
    """Make a link worthless; refuses an invitation that has been accepted. Twice is once."""
    with transaction():
        invitation = _lock(invitation)
        if invitation.accepted_at is not None:
            raise Refused(_("%(name)s has joined already.", name=invitation.name))
        if invitation.revoked_at is not None:
            return
        invitation.revoked_at = clock.now()
        audit.record(REVOKED, invitation.channel, by=by, name=invitation.name, role=invitation.role)


def find_invited(token: str) -> Invitation | None:
    """Return the invitation behind a link, with its channel, if it can still be accepted."""
    found = (
        session()
        .scalars(
            select(Invitation)
            .where(Invitation.token_digest == crypto.digest(token))
            .options(joinedload(Invitation.channel))
        )
        .one_or_none()
    )
    return found if found is not None and is_open(found) else None


def accept_invitation(
    token: str, *, name: str, phone: str, username: str, password: str
) -> ChannelUser:
    """Make an account of an invited person and use up the invitation.

    Refuses a link that was used, revoked or is too old, a frozen channel, a mobile number or
    username that has an account, and a weak password.
    """
    number = sessions.normal_phone(phone)
    _refuse_bad_username(username)
    about = (name, username, national(number))
    refuse_weak_password(password, about=about, policy=password_policy())
    hashed = hash_password(password)
    with transaction() as current:
        found = find_invited(token)
        invitation = None if found is None else _lock(found)
        if invitation is None or not is_open(invitation):
            raise Refused(
                _("This invitation was used, revoked or is too old. Please ask for a new one.")
            )
        freezing.refuse_if_frozen(invitation.channel)
        _refuse_taken(number, username)
        person = ChannelUser(
            channel_id=invitation.channel_id,
            role=invitation.role,
            name=name,
            username=username,
            password_hash=hashed,
            phone=number,
        )
        try:
            with current.begin_nested():
                current.add(person)
                current.flush()
        except IntegrityError:
            # Somebody took one of the two since we looked.
            raise Refused(_("This mobile number or username has an account already.")) from None
        invitation.accepted_at = clock.now()
        invitation.channel_user_id = person.id
        audit.record(JOINED, invitation.channel, by=person, name=name, role=person.role)
        return person


def _refuse_bad_username(username: str) -> None:
    if not _USERNAME.fullmatch(username):
        raise Refused(
            _(
                "A username has 4 to 32 letters, digits, dots, hyphens or underscores and "
                "starts with a letter."
            ),
            field="username",
        )


def _refuse_taken(phone: str, username: str) -> None:
    lookups = ChannelUser.phone.lookups(phone)
    if session().scalar(select(exists().where(ChannelUser.phone_index.in_(lookups)))):
        raise Refused(
            _("This mobile number has an account already. Sign in, or use another number."),
            field="phone",
        )
    same = func.lower(ChannelUser.username) == username.lower()
    if session().scalar(select(exists().where(same))):
        raise Refused(_("This username is taken. Choose another."), field="username")
