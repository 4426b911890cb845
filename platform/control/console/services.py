"""Verbs of operators: log in and out, change the password; retry dead background work."""

from datetime import timedelta

from sqlalchemy import select, update

from control.console.models import Operator, OperatorSession
from kit import audit, clock, crypto, ids
from kit.db import apart, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import email_address
from kit.security import check_password, hash_password, refuse_weak_password

SESSION_FOR = timedelta(hours=8)
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)

CREATED = audit.Event.named("operator:created")
SIGNED_IN = audit.Event.named("operator:signed_in")
LOCKED = audit.Event.named("operator:locked")
SIGNED_OUT = audit.Event.named("operator:signed_out")
SESSION_ENDED = audit.Event.named("operator:session_ended")
PASSWORD_CHANGED = audit.Event.named("operator:password_changed")
WAY_BACK_RIGHT = audit.Event.named("operator:way_back_right", "allowed")
LIST_EXPORTED = audit.Event.named("console:list_exported", "list", "rows")


def ensure_operator(*, email: str, password: str, name: str = "") -> bool:
    """Make an operator's account where there is none yet; tell whether it was made.

    An account that exists keeps its password: a restart must not undo a change.
    """
    email = email_address(email)
    with control_transaction() as control:
        if control.scalar(select(Operator.id).where(Operator.email == email)):
            return False
        operator = Operator(
            email=email,
            name=name or email.partition("@")[0],
            password_hash=hash_password(password),
        )
        control.add(operator)
        control.flush()
        audit.record_control(CREATED, operator, by=audit.SYSTEM)
        return True


def sign_in(
    email: str, password: str, *, ip_address: str | None, user_agent: str | None
) -> tuple[Operator, str]:
    """Log an operator in for eight hours; return the operator and the cookie's token.

    Refused with one sentence whatever is wrong, and for a quarter of an hour after the fifth
    wrong password in a row.
    """
    token = ids.secret()
    operator = _checked(email, password)
    if operator is None:
        raise Refused(_("E-mail address or password is wrong, or the account is locked for now."))
    with control_transaction() as control:
        control.add(
            OperatorSession(
                operator_id=operator.id,
                token_digest=crypto.digest(token),
                expires_at=clock.now() + SESSION_FOR,
                seen_at=clock.now(),
                ip_address=ip_address,
                user_agent=(user_agent or "")[:200] or None,
            )
        )
        audit.record_control(SIGNED_IN, operator, by=operator)
    return operator, token


def _checked(email: str, password: str) -> Operator | None:
    """Return the operator if the password is right, counting the wrong ones."""
    with control_transaction() as control:
        operator = control.scalars(
            select(Operator)
            .where(Operator.email == email.strip().casefold(), Operator.is_active.is_(True))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        is_right = check_password(operator.password_hash if operator else None, password)
        if operator is None:
            return None
        if operator.locked_until is not None and operator.locked_until > clock.now():
            return None
        if is_right:
            operator.failed_logins = 0
            operator.locked_until = None
            return operator
        operator.failed_logins += 1
        if operator.failed_logins >= TRIES:
            operator.failed_logins = 0
            operator.locked_until = clock.now() + LOCKED_FOR
            audit.record_control(LOCKED, operator, by=audit.SYSTEM)
        return None


def is_own_password(operator: Operator, password: str) -> bool:
    """Tell whether an operator typed the own password; too many wrong ones lock the account."""
    return _checked(operator.email, password) is not None


def refuse_wrong_password(operator: Operator, password: str) -> None:
    """Refuse what an operator asks for without the own password, in the field `own`."""
    if not is_own_password(operator, password):
        raise Refused(
            _("This is not your password, or the account is locked for now."), field="own"
        )


def operator_behind(token: str) -> Operator | None:
    """Return the operator whose session a cookie's token opens, or None; note the visit."""
    with apart(None) as control:
        found = control.execute(
            select(OperatorSession.id, OperatorSession.operator_id, OperatorSession.seen_at)
            .join(Operator, Operator.id == OperatorSession.operator_id)
            .where(
                OperatorSession.token_digest == crypto.digest(token),
                OperatorSession.ended_at.is_(None),
                OperatorSession.expires_at > clock.now(),
                Operator.is_active.is_(True),
            )
        ).one_or_none()
        if found is None:
            return None
        if found.seen_at < clock.now() - SEEN_EVERY:
            control.execute(
                update(OperatorSession)
                .where(OperatorSession.id == found.id)
                .values(seen_at=clock.now())
            )
    with control_transaction() as control:
        return control.get(Operator, found.operator_id)


def sign_out(token: str) -> None:
    """End the session behind a cookie's token, if it is still open."""
    with control_transaction() as control:
        session = control.scalars(
            select(OperatorSession).where(
                OperatorSession.token_digest == crypto.digest(token),
                OperatorSession.ended_at.is_(None),
            )
        ).one_or_none()
        if session is not None:
            session.ended_at = clock.now()
            audit.record_control(SIGNED_OUT, session.operator, by=session.operator)


def end_session(session: OperatorSession, *, by: Operator) -> None:
    """End one of an operator's sessions, wherever its browser is."""
    with control_transaction() as control:
        ended = control.execute(
            update(OperatorSession)
            .where(OperatorSession.id == session.id, OperatorSession.ended_at.is_(None))
            .values(ended_at=clock.now())
            .returning(OperatorSession.id)
        ).one_or_none()
        if ended is not None:
            audit.record_control(SESSION_ENDED, by, by=by)


def change_password(operator: Operator, *, old: str, new: str, token: str | None) -> None:
    """Change an operator's own password and end the sessions other than the cookie's.

    Refused when the old one is wrong or the new one is weak or the same.
    """
    with control_transaction() as control:
        operator = lock_row(operator)
        if not check_password(operator.password_hash, old):
            raise Refused(_("The old password is wrong."), field="old")
        if old == new:
            raise Refused(_("The new password is the old one."), field="password")
        refuse_weak_password(new, about=(operator.email.partition("@")[0], operator.name))
        operator.password_hash = hash_password(new)
        control.execute(
            update(OperatorSession)
            .where(
                OperatorSession.operator_id == operator.id,
                OperatorSession.ended_at.is_(None),
                OperatorSession.token_digest != crypto.digest(token or ""),
            )
            .values(ended_at=clock.now())
        )
        audit.record_control(PASSWORD_CHANGED, operator, by=operator)


def allow_way_back(email: str, *, allowed: bool) -> bool:
    """Give or take an operator's right to let administrators back in; False for no such operator.

    Only a command calls this: nobody gives it to himself in the console.
    """
    with control_transaction() as control:
        operator = control.scalars(
            select(Operator).where(Operator.email == email.strip().casefold()).with_for_update()
        ).one_or_none()
        if operator is None:
            return False
        if operator.may_let_back_in != allowed:
            operator.may_let_back_in = allowed
            audit.record_control(WAY_BACK_RIGHT, operator, by=audit.SYSTEM, allowed=allowed)
        return True


def record_export(name: str, rows: int, *, by: Operator) -> None:
    """Write down that a list leaves the console as a file or on paper."""
    with control_transaction():
        audit.record_control(LIST_EXPORTED, by, by=by, list=name, rows=rows)
