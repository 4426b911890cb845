"""Adding, changing, disabling people. Nobody is deleted: what they did keeps their name."""

import re
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from control.billing.limits import Counted
from kit import audit, clock, crypto, personal
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import check_password, hash_password, refuse_weak_password
from tenants.accounts import events, queries
from tenants.accounts.limits import refuse_beyond
from tenants.accounts.models import MailProof, Role, Unit, User, user_roles
from tenants.accounts.permissions import every_permission
from tenants.accounts.scopes import covers
from tenants.accounts.seed import ADMINISTRATOR
from tenants.accounts.services import mail_links
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.sessions import close_sessions

_USERNAME = re.compile(r"[A-Za-z0-9_]{3,20}")
RESERVED = frozenset(
    (
        *("admin", "administrator", "root", "system", "support", "operator", "console"),
        *("superuser", "sysadmin", "guest", "anonymous", "null", "undefined", "nobody"),
        *("everyone", "security", "help", "info", "api", "www", "mail", "test", "simtree"),
    )
)


def add_user(
    *,
    username: str,
    name: str,
    email: str | None,
    phone: str | None,
    roles: Sequence[Role],
    unit: Unit | None = None,
    is_head: bool = False,
    password: str,
    by: audit.Actor,
) -> User:
    """Add a person with a first password, which must be changed at the first log-in.

    Refuses names against the rule, anything another person has already, no role, roles that may
    do more than the one who adds, and a weak password.
    """
    with transaction():
        user = enter_user(
            username=username,
            name=name,
            email=email,
            phone=phone,
            roles=roles,
            unit=unit,
            is_head=is_head,
            by=by,
        )
        refuse_weak_password(password, about=own_data(user), policy=queries.password_policy())
        user.password_hash = hash_password(password)
        session().flush()
    return user


def enter_user(
    *,
    username: str,
    name: str,
    email: str | None,
    phone: str | None,
    roles: Sequence[Role],
    unit: Unit | None,
    is_head: bool,
    by: audit.Actor,
) -> User:
    """Add a person who has no password yet, as part of another verb; refuses as `add_user`."""
    refuse_beyond(Counted.SEATS, queries.seats_taken)
    user = User(username="", name="", must_change_password=True)
    _fill(user, username=username, name=name, email=email, phone=phone)
    _place(user, unit, is_head=is_head)
    _give(user, roles, by=by)
    session().add(user)
    _flush()
    audit.record(
        events.ADDED, user, by=by, username=user.username, roles=[role.name for role in roles]
    )
    return user


def edit_user(
    user: User,
    *,
    version: int,
    username: str,
    name: str,
    email: str | None,
    phone: str | None,
    roles: Sequence[Role],
    unit: Unit | None = None,
    is_head: bool = False,
    by: audit.Actor,
) -> None:
    """Change a person's details, unit and roles.

    Refuses as `add_user` does, a stale copy, people who may do more than the one who asks, and
    taking the role of administrator from the last active one.
    """
    with transaction():
        keep_administrator = lock_administrators()
        _refuse_retired(by)
        user = locked_user(user)
        refuse_stale(user, version)
        refuse_if_beyond(user, by=by)
        before = _state(user)
        _fill(user, username=username, name=name, email=email, phone=phone)
        has_moved = _place(user, unit, is_head=is_head)
        _give(user, roles, by=by, has_moved=has_moved)
        _flush()
        refuse_without_administrator(keep_administrator)
        user.version += 1
        after = _state(user)
        fields = [field for field, value in after.items() if value != before[field]]
        audit.record(events.EDITED, user, by=by, fields=fields)


def edit_own_details(
    user: User, *, version: int, name: str, email: str | None, phone: str | None, password: str
) -> bool:
    """Let a person change the own name, mail address and phone; the password proves who asks.

    A mail address or phone number can reset a password, so it must not change on an unwatched
    screen. Another mail address counts only once a link that goes there was followed: the answer
    says whether one is on its way.
    """
    wanted = _mail_address(email)
    is_asked = wanted is not None and wanted != user.email
    with transaction():
        if is_asked:
            mail_links.begin_link(user)
        user = locked_user(user)
        refuse_stale(user, version)
        before = _state(user)
        kept = user.email if is_asked else wanted
        _fill(user, username=user.username, name=name, email=kept, phone=phone)
        after = _state(user)
        fields = [field for field, value in after.items() if value != before[field]]
        is_way_in = is_asked or {"email", "phone"} & set(fields)
        if is_way_in and not check_password(user.password_hash, password):
            raise Refused(_("This is not your password."), field="password")
        _flush()
        if is_asked and wanted is not None:
            _refuse_taken_mail(user, wanted)
            mail_links.send_link(user, wanted)
        if "email" in fields:
            # The address that was given up learns of it: it may be the only one that is watched.
            tell(user, Change.EMAIL, to=str(before["email"] or "") or None)
        if "phone" in fields:
            tell(user, Change.PHONE)
        if fields or not is_asked:
            user.version += 1
            audit.record(events.EDITED, user, by=user, fields=fields)
    return is_asked


def prove_mail(user: User, token: str) -> None:
    """Let an address count as a person's own, by the link that went there, once.

    Refuses a link that is somebody else's, was used or has expired, and an address that another
    person has by now.
    """
    with transaction():
        user = locked_user(user)
        proof = (
            session()
            .scalars(
                select(MailProof)
                .where(
                    MailProof.token_digest == crypto.digest(token),
                    MailProof.user_id == user.id,
                    MailProof.used_at.is_(None),
                    MailProof.expires_at > clock.now(),
                )
                .with_for_update()
            )
            .one_or_none()
        )
        if proof is None:
            raise Refused(_("This link was used already or has expired. Ask for a new one."))
        before, proof.used_at = user.email, clock.now()
        _refuse_taken_mail(user, proof.email)
        user.email, user.email_proved_at = proof.email, clock.now()
        user.version += 1
        _flush()
        if before != proof.email:
            # The address that was given up learns of it: it may be the only one that is watched.
            tell(user, Change.EMAIL, to=before)
        audit.record(events.MAIL_PROVED, user, by=user, changed=before != proof.email)


def disable_user(user: User, *, by: audit.Actor) -> None:
    """Close a person's account and end all log-ins.

    Refuses one's own, people who may do more, and the last active administrator.
    """
    with transaction():
        keep_administrator = lock_administrators()
        _refuse_retired(by)
        user = locked_user(user)
        if not user.is_active:
            return
        if user.public_id == by.actor_id:
            raise Refused(_("You cannot disable yourself."))
        refuse_if_beyond(user, by=by)
        user.is_active = False
        user.version += 1
        session().flush()  # the count below must see it
        refuse_without_administrator(keep_administrator)
        close_sessions(user)
        audit.record(events.DISABLED, user, by=by)


def enable_user(user: User, *, by: audit.Actor) -> None:
    """Open a person's account again; refuses people who may do more than the one who asks."""
    with transaction():
        user = locked_user(user)
        if user.is_active:
            return
        refuse_if_beyond(user, by=by)
        refuse_beyond(Counted.SEATS, queries.seats_taken)
        user.is_active = True
        user.failed_logins = 0
        user.locked_until = None
        user.version += 1
        audit.record(events.ENABLED, user, by=by)


def end_all_sessions(user: User, *, by: audit.Actor) -> int:
    """End all log-ins of another person; refuses people who may do more than the one who asks."""
    with transaction(even_read_only=True):
        user = locked_user(user)
        refuse_if_beyond(user, by=by)
        ended = close_sessions(user)
        audit.record(events.SESSIONS_ENDED, user, by=by, count=ended)
        return ended


def own_data(user: User) -> tuple[str, ...]:
    """Return what a person's password must not contain."""
    mail = (user.email or "").partition("@")[0]
    return (user.username, user.name, mail, personal.national(user.phone))


def locked_user(user: User) -> User:
    """Return a person's row as it is now, locked until the verb ends."""
    return session().get_one(User, user.id, with_for_update=True, populate_existing=True)


def held_by(actor: audit.Actor) -> frozenset[str]:
    """Return the permissions that an actor may pass on; the system holds all."""
    if actor.actor_kind == "system":
        return frozenset(permission.value for permission in every_permission())
    found: frozenset[str] = getattr(actor, "permissions", frozenset())
    return found


def refuse_if_beyond(user: User, *, by: audit.Actor) -> None:
    """Refuse to touch a person who may do more than the actor: it would be a way to rise."""
    if user.public_id == by.actor_id:
        return
    reaches_further = isinstance(by, User) and not all(
        covers(by, role, unit=user.unit) for role in user.roles
    )
    if reaches_further or not user.permissions <= held_by(by):
        raise Refused(_("%(name)s may do more than you; ask an administrator.", name=user.name))


def lock_administrators() -> bool:
    """Make changes of administrators wait for each other; tell whether one is active now."""
    session().execute(select(Role.id).where(Role.code == ADMINISTRATOR).with_for_update(of=Role))
    return _has_administrator()


def _refuse_retired(by: audit.Actor) -> None:
    """Refuse to go on for somebody who was disabled while he waited: of two, one stays."""
    if isinstance(by, User) and not session().scalar(
        select(User.is_active).where(User.id == by.id)
    ):
        raise Refused(_("Your own account has been disabled meanwhile."))


def _has_administrator() -> bool:
    found = session().scalar(
        select(User.id)
        .join(user_roles, user_roles.c.user_id == User.id)
        .join(Role, Role.id == user_roles.c.role_id)
        .where(Role.code == ADMINISTRATOR, User.is_active)
        .limit(1)
    )
    return found is not None


def refuse_without_administrator(was_there: bool) -> None:  # noqa: FBT001 - the answer of the lock
    """Refuse a change that would leave the workspace without an active administrator."""
    if was_there and not _has_administrator():
        raise Refused(_("The workspace needs at least one active administrator."), field="roles")


def _state(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "roles": sorted(role.id for role in user.roles),
        "unit": (user.unit_id, user.is_head),
    }


def _fill(user: User, *, username: str, name: str, email: str | None, phone: str | None) -> None:
    if username != user.username:
        refuse_bad_username(username)
        _refuse_taken(
            user, queries.by_login(username), _("This username is taken."), field="username"
        )
        user.username = username
    name = personal.plain(name)
    if not name:
        raise Refused(_("A person needs a name."), field="name")
    user.name = name
    address = _mail_address(email)
    if address != user.email:
        user.email, user.email_proved_at = address, None
    before = user.phone
    try:
        user.phone = phone
    except ValueError:
        raise Refused(_("This is not a telephone number."), field="phone") from None
    if user.phone != before:
        # Whose it is has to be shown anew.
        user.phone_proved_at = None
    if user.email:
        _refuse_taken_mail(user, user.email)
    if user.phone_index:
        _refuse_taken(
            user,
            select(User).where(User.phone_index.in_(User.phone.lookups(user.phone))),
            _("Another person has this phone number."),
            field="phone",
        )


def _mail_address(text: str | None) -> str | None:
    try:
        return personal.email_address(text) if text else None
    except ValueError:
        raise Refused(_("This is not an e-mail address."), field="email") from None


def _refuse_taken_mail(user: User, email: str) -> None:
    _refuse_taken(
        user,
        select(User).where(User.email == email),
        _("Another person has this e-mail address."),
        field="email",
    )


def refuse_unfit(*, username: str, name: str, email: str | None, phone: str | None) -> None:
    """Refuse what nobody could be added with, without adding anybody; for a file's dry run."""
    _fill(User(username="", name=""), username=username, name=name, email=email, phone=phone)


def refuse_bad_username(username: str) -> None:
    """Refuse a username against the rule (D020), a reserved one or one like a phone number."""
    if not _USERNAME.fullmatch(username):
        raise Refused(_("A username has 3 to 20 letters, digits or underscores."), field="username")
    if username.casefold() in RESERVED:
        raise Refused(_("This username is reserved; choose another."), field="username")
    if queries.looks_like_phone(username):
        raise Refused(_("A username must not look like a phone number."), field="username")


def _refuse_taken(user: User, statement: Select[User] | None, sentence: str, *, field: str) -> None:
    with session().no_autoflush:
        found = None if statement is None else session().scalars(statement).one_or_none()
    if found is not None and found is not user:
        raise Refused(sentence, field=field)


def _place(user: User, unit: Unit | None, *, is_head: bool) -> bool:
    before = user.unit_id
    user.unit, user.unit_id = unit, unit.id if unit else None
    user.is_head = is_head and unit is not None
    return before != user.unit_id


def _give(user: User, roles: Sequence[Role], *, by: audit.Actor, has_moved: bool = False) -> None:
    if not roles:
        raise Refused(_("Give the person at least one role."), field="roles")
    held = held_by(by)
    for role in roles:
        if role not in user.roles and not held.issuperset(role.permissions):
            raise Refused(
                _("The role %(role)s may do more than you.", role=role.name), field="roles"
            )
        # Another unit may widen what the roles reach that he holds already.
        is_new = role not in user.roles or has_moved
        if is_new and isinstance(by, User) and not covers(by, role, unit=user.unit):
            raise Refused(
                _("The role %(role)s would reach further than you do.", role=role.name),
                field="roles",
            )
    user.roles = list(roles)


def _flush() -> None:
    """Write now, so that a race for a name is refused with a sentence instead of failing later."""
    try:
        session().flush()
    except IntegrityError as error:
        sentences = {
            "uq_users_username": (_("This username is taken."), "username"),
            "uq_users_email": (_("Another person has this e-mail address."), "email"),
            "uq_users_phone_index": (_("Another person has this phone number."), "phone"),
        }
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name not in sentences:
            raise
        sentence, field = sentences[name]
        raise Refused(sentence, field=field) from None
