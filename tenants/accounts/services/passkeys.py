"""Passkeys of a person: adding, naming and removing them, and the second step they pass."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, crypto, ids, personal, tenancy
from kit.db import session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.security import passkeys as keys
from kit.security.passkeys import Site
from tenants.accounts import events, queries
from tenants.accounts.models import (
    LogInWay,
    Passkey,
    PasskeyChallenge,
    PasskeyUse,
    PendingLogIn,
    User,
)
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.factors import drop_factors, new_codes
from tenants.accounts.services.log_ins import Entry
from tenants.accounts.services.people import locked_user
from tenants.accounts.services.second_steps import Enrolment, open_pending, step, too_late
from tenants.accounts.services.sessions import close_sessions

CHALLENGE_FOR = timedelta(minutes=5)
MOST = 10
LONGEST_NAME = 40


class Added(NamedTuple):
    """A new passkey, and the recovery codes that came with the first factor of a person."""

    passkey: Passkey
    codes: list[str]


def ask_to_make(user: User, token: str, *, site: Site) -> str:
    """Return what the browser needs to make a passkey, for one log-in and five minutes."""
    with transaction(even_read_only=True):
        return _asked_to_make(locked_user(user), token, site)


def ask_to_enrol(token: str, *, site: Site) -> str:
    """Return the same for somebody at the door who has no second factor yet."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is None or queries.has_factor(found.user):
            raise too_late()
        return _asked_to_make(locked_user(found.user), token, site)


def ask_to_sign(token: str, *, site: Site) -> str:
    """Return what the browser needs to use a passkey at the door."""
    with transaction(even_read_only=True):
        found = queries.pending_log_in(token)
        if found is None:
            raise too_late()
        known = queries.passkeys(found.user, host=site.host)
        if not known:
            raise Refused(_("There is no passkey for this address."))
        return keys.asked_to_sign(
            site=site,
            challenge=_challenge(found.user, token, PasskeyUse.STEP),
            known=[one.credential_id for one in known],
        )


def add_passkey(user: User, token: str, answer: str, *, name: str, site: Site) -> Added:
    """Add the passkey that the browser has made; all other log-ins end.

    The first factor of a person comes with recovery codes. Refuses an answer to no question of
    this log-in, or to one that was answered; an eleventh; and one that somebody has already.
    """
    with transaction(even_read_only=True):
        user = locked_user(user)
        added = _added(user, token, answer, name=name, site=site)
        if added is not None:
            close_sessions(user, except_token=token)
            tell(user, Change.PASSKEY_ADDED)
    if added is None:
        raise _wrong()
    return added


def enrol_passkey(token: str, answer: str, *, name: str, site: Site) -> Enrolment:
    """Set up a passkey at the door, as a role wants it, and open the log-in.

    Refused for whoever has a factor already: that one is asked for first.
    """

    def attempt(pending: PendingLogIn, user: User) -> Enrolment | None:
        if queries.has_factor(user):
            return None
        added = _added(user, token, answer, name=name, site=site)
        if added is None:
            return None
        tell(user, Change.PASSKEY_ADDED)
        return Enrolment(open_pending(pending, user, LogInWay.PASSKEY), added.codes)

    return step(token, LogInWay.PASSKEY, attempt, wrong=_wrong)


def pass_by_passkey(token: str, answer: str, *, site: Site) -> Entry:
    """Open the log-in that has passed the password, by a passkey.

    Refuses a wrong answer and one whose counter went back: then somebody has a copy, and the
    passkey is worth nothing any more.
    """

    def attempt(pending: PendingLogIn, user: User) -> Entry | None:
        if not _signs(user, token, answer, site):
            return None
        return open_pending(pending, user, LogInWay.PASSKEY)

    return step(token, LogInWay.PASSKEY, attempt, wrong=_wrong)


def rename_passkey(user: User, public_id: str, *, name: str) -> None:
    """Give a passkey of a person another name."""
    with transaction(even_read_only=True):
        found = _own(locked_user(user), public_id)
        found.name = _name(name)
        audit.record(events.PASSKEY_RENAMED, user, by=user, name=found.name)


def remove_passkey(user: User, public_id: str, *, except_token: str | None) -> None:
    """Remove a passkey; all other log-ins end.

    With the last factor the second step goes, too; refused where a role wants it.
    """
    with transaction(even_read_only=True) as work:
        user = locked_user(user)
        found = _own(user, public_id)
        work.delete(found)
        work.flush()
        if user.must_use_passkey and not queries.passkeys(user):
            raise Refused(_("One of your roles needs a passkey. Add another one first."))
        if not queries.has_factor(user):
            if user.must_keep_second_step:
                raise Refused(_("One of your roles needs the second step. Add another one first."))
            drop_factors(user)
        close_sessions(user, except_token=except_token)
        audit.record(events.PASSKEY_REMOVED, user, by=user, name=found.name)
        tell(user, Change.PASSKEY_REMOVED)


def _asked_to_make(user: User, token: str, site: Site) -> str:
    return keys.asked_to_make(
        site=site,
        company=tenancy.current().name,
        challenge=_challenge(user, token, PasskeyUse.REGISTER),
        key=user.public_id,
        username=user.username,
        known=[one.credential_id for one in queries.passkeys(user, host=site.host)],
    )


def _challenge(user: User, token: str, use: PasskeyUse) -> str:
    """Make fresh random bytes for one log-in; what was asked before is worth nothing."""
    session().execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.user_id == user.id, PasskeyChallenge.expires_at < clock.now())
        .execution_options(synchronize_session=False)
    )
    made = PasskeyChallenge(
        user_id=user.id,
        use=use,
        token_digest=crypto.digest(token),
        challenge=ids.secret(),
        expires_at=clock.now() + CHALLENGE_FOR,
    )
    session().add(made)
    return made.challenge


def _used(user: User, token: str, use: PasskeyUse) -> str | None:
    """Use up the newest challenge of a log-in; None when there is none that is good."""
    found = (
        session()
        .scalars(
            select(PasskeyChallenge)
            .where(
                PasskeyChallenge.user_id == user.id,
                PasskeyChallenge.token_digest == crypto.digest(token),
                PasskeyChallenge.use == use,
            )
            .order_by(PasskeyChallenge.id.desc())
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        return None
    found.used_at = clock.now()
    session().flush()
    return found.challenge


def _added(user: User, token: str, answer: str, *, name: str, site: Site) -> Added | None:
    name = _name(name)
    challenge = _used(user, token, PasskeyUse.REGISTER)
    made = None if challenge is None else keys.made(answer, site=site, challenge=challenge)
    if made is None:
        return None
    if len(queries.passkeys(user)) >= MOST:
        raise Refused(_("Ten passkeys are the most. Remove one first."))
    is_first = not queries.has_factor(user)
    passkey = Passkey(
        user_id=user.id,
        name=name,
        credential_id=made.credential_id,
        public_half=made.public_key,
        sign_count=made.sign_count,
        host=site.host,
        transports=made.transports,
    )
    try:
        with session().begin_nested():
            session().add(passkey)
    except IntegrityError:
        raise Refused(_("This passkey is known already.")) from None
    user.second_step_since = user.second_step_since or clock.now()
    audit.record(events.PASSKEY_ADDED, user, by=user, name=name)
    return Added(passkey, new_codes(user) if is_first else [])


def _signs(user: User, token: str, answer: str, site: Site) -> bool:
    challenge = _used(user, token, PasskeyUse.STEP)
    credential = keys.credential_of(answer)
    known = {one.credential_id: one for one in queries.passkeys(user, host=site.host)}
    found = known.get(credential or "")
    if challenge is None or found is None:
        return False
    count = keys.signed_count(answer, site=site, challenge=challenge, public_key=found.public_half)
    if count is None:
        return False
    if (count or found.sign_count) and count <= found.sign_count:
        found.suspected_at = clock.now()
        audit.record(events.PASSKEY_SUSPECTED, user, by=user, name=found.name)
        tell(user, Change.PASSKEY_SUSPECTED)
        return False
    found.sign_count = count
    found.used_at = clock.now()
    return True


def _own(user: User, public_id: str) -> Passkey:
    found = (
        session()
        .scalars(
            select(Passkey)
            .where(Passkey.public_id == public_id, Passkey.user_id == user.id)
            .with_for_update()
        )
        .one_or_none()
    )
    if found is None:
        raise Missing(public_id)
    return found


def _name(name: str) -> str:
    name = personal.plain(name)[:LONGEST_NAME]
    if not name:
        raise Refused(_("Give the passkey a name, such as that of the device."), field="name")
    return name


def _wrong() -> Refused:
    return Refused(
        _(
            "The passkey was not accepted, or too late. Try again; after five failures, wait five "
            "minutes."
        )
    )
