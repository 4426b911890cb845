"""The second factor of a person: an authenticator app, and ten codes on paper beside it."""

import secrets

from sqlalchemy import delete, select

from kit import audit, clock, crypto
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security.totp import accepted_step, new_secret
from tenants.accounts import events, queries
from tenants.accounts.models import Authenticator, Passkey, RecoveryCode, User
from tenants.accounts.services import throttles
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.people import locked_user, refuse_if_beyond
from tenants.accounts.services.sessions import close_sessions, refuse_unproved

CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 10
_LABEL = "recovery_codes.digest"


def begin_factor(user: User) -> None:
    """Make the secret of an authenticator app, which counts once a code of it was entered."""
    with transaction(even_read_only=True):
        offer_factor(locked_user(user))


def offer_factor(user: User) -> None:
    """Make a fresh secret for a locked person, as part of another verb."""
    session().execute(
        delete(Authenticator)
        .where(Authenticator.user_id == user.id, Authenticator.confirmed_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    session().add(Authenticator(user_id=user.id, secret=new_secret(), last_step=0))


def confirm_factor(user: User, code: str, *, except_token: str | None) -> list[str]:
    """Let an authenticator app count from now on, by a code of it; return ten recovery codes.

    The app before it and its recovery codes are worth nothing any more, and all other log-ins end.
    Refuses a wrong code, and any after too many.
    """
    codes = None
    with transaction(even_read_only=True):
        tries = throttles.locked(step_subject(user))
        if not throttles.is_full(tries, throttles.SECOND_STEP):
            codes = confirm(locked_user(user), code)
            if codes is None:
                throttles.count(tries, throttles.SECOND_STEP)
            else:
                close_sessions(user, except_token=except_token)
    if codes is None:
        raise wrong_code()
    return codes


def confirm(user: User, code: str) -> list[str] | None:
    """Let a locked person's new app count, as part of another verb; None for a wrong code."""
    now = clock.now()
    found = queries.candidate(user)
    step = (
        None if found is None else accepted_step(found.secret, code, after=found.last_step, now=now)
    )
    if found is None or step is None:
        return None
    before = queries.authenticator(user)
    if before is not None:
        session().delete(before)
        # The unique index knows of one confirmed app only.
        session().flush()
    found.confirmed_at = now
    found.last_step = step
    user.second_step_since = user.second_step_since or now
    audit.record(events.FACTOR_ADDED, user, by=user, replaced=before is not None)
    tell(user, Change.APP_ADDED)
    return new_codes(user)


def choose_codes(user: User, *, except_token: str | None) -> list[str]:
    """Have codes by SMS or mail as second step, without an app; return ten recovery codes.

    Refused where the workspace wants neither, where none can reach the person, for whoever has a
    stronger factor, and where a role takes only a passkey.
    """
    with transaction(even_read_only=True):
        user = locked_user(user)
        if user.must_use_passkey:
            raise Refused(_("One of your roles needs a passkey."))
        if queries.has_factor(user):
            raise Refused(_("You have a second step already."))
        if not queries.can_get_codes(user):
            raise Refused(_("Prove your mobile number first, or enter a mail address."))
        user.steps_by_code = True
        user.second_step_since = clock.now()
        codes = new_codes(user)
        close_sessions(user, except_token=except_token)
        audit.record(events.STEP_BY_CODE, user, by=user)
        tell(user, Change.BY_CODE)
        return codes


def renew_recovery_codes(user: User, *, except_token: str | None) -> list[str]:
    """Make ten new recovery codes; those before are worth nothing, and other log-ins end."""
    with transaction(even_read_only=True):
        user = locked_user(user)
        if not queries.has_factor(user):
            raise Refused(_("Set up a second step first."))
        codes = new_codes(user)
        close_sessions(user, except_token=except_token)
        audit.record(events.RECOVERY_RENEWED, user, by=user, count=len(codes))
        tell(user, Change.CODES)
        return codes


def remove_own_factor(user: User, *, except_token: str | None) -> None:
    """Go back to the password alone, and end all other log-ins; refused where a role forbids it."""
    with transaction(even_read_only=True):
        user = locked_user(user)
        if user.must_keep_second_step:
            raise Refused(_("One of your roles needs the second step. Replace the app instead."))
        drop_factors(user)
        close_sessions(user, except_token=except_token)
        audit.record(events.FACTOR_REMOVED, user, by=user)
        tell(user, Change.SECOND_STEP_REMOVED)


def remove_factor(user: User, *, own: str, by: audit.Actor) -> None:
    """Take the second factor of somebody who has lost it, and end all the person's log-ins.

    Refuses without the own password of the one who asks, for oneself, and for people who may do
    more.
    """
    if user.public_id == by.actor_id:
        raise Refused(_("Change your own second step under “My account”."))
    refuse_unproved(by, own)
    with transaction():
        user = locked_user(user)
        refuse_if_beyond(user, by=by)
        drop_factors(user)
        close_sessions(user)
        audit.record(events.FACTOR_REMOVED, user, by=by)
        tell(user, Change.SECOND_STEP_REMOVED)


def drop_factors(user: User) -> None:
    """Go back to the password alone for a locked person, as part of another verb."""
    for model in (Authenticator, Passkey, RecoveryCode):
        session().execute(
            delete(model)
            .where(model.user_id == user.id)
            .execution_options(synchronize_session=False)
        )
    user.second_step_since = None
    user.steps_by_code = False
    user.version += 1


def take_app_code(user: User, code: str) -> bool:
    """Use up a code of a locked person's app; False when it is wrong or was used before."""
    found = queries.authenticator(user)
    if found is None:
        return False
    session().refresh(found)
    step = accepted_step(found.secret, code, after=found.last_step, now=clock.now())
    if step is None:
        return False
    found.last_step = step
    return True


def take_recovery_code(user: User, code: str) -> bool:
    """Use up a recovery code of a locked person; False when it is none or was used before."""
    found = (
        session()
        .scalars(
            select(RecoveryCode)
            .where(
                RecoveryCode.user_id == user.id,
                RecoveryCode.used_at.is_(None),
                RecoveryCode.digest.in_(_digests(user, code)),
            )
            .limit(1)
            .with_for_update()
        )
        .one_or_none()
    )
    if found is None:
        return False
    found.used_at = clock.now()
    session().flush()
    left = queries.recovery_codes_left(user)
    audit.record(events.RECOVERY_USED, user, by=user, left=left)
    return True


def new_codes(user: User) -> list[str]:
    """Make ten recovery codes for a locked person, as part of another verb."""
    session().execute(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user.id)
        .execution_options(synchronize_session=False)
    )
    codes = [
        "".join(secrets.choice(_LETTERS) for _each in range(_LENGTH)) for _each in range(CODES)
    ]
    session().add_all(
        RecoveryCode(user_id=user.id, digest=_digests(user, code)[0]) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digests(user: User, code: str) -> list[str]:
    # Fifty bits could be turned back from a plain digest; this one is keyed.
    plain = "".join(one for one in code.casefold() if one.isalnum())
    return crypto.blind_indexes(f"{user.public_id}:{plain}", label=_LABEL)


def step_subject(user: User) -> str:
    """Return whose failures at the second step are counted."""
    return f"step:{user.public_id}"


def wrong_code() -> Refused:
    """Return the one sentence for wrong, used and too many."""
    return Refused(
        _(
            "This code is wrong or was used already. After five wrong ones, wait five minutes; "
            "after fifty in a day, until tomorrow."
        ),
        field="code",
    )
