"""Verbs on sign-ups: submit, mail again, withdraw, verify, expire, purge."""

import ipaddress
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, text, update

from control.cells.services import cells_with_room
from control.domains.queries import has_workspace
from control.plane import Owner, TenantPlane
from control.provisioning import pool
from control.provisioning import services as provisioning
from control.provisioning.models import Build
from control.signup.jobs import seal_token, send_verification
from control.signup.models import Signup, SignupState
from control.signup.rules import NewSignup, refuse_bad_signup
from control.workspaces import services as workspaces
from kit import audit, clock, crypto, ids, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.zones import USUAL

VALID_FOR = timedelta(hours=24)
MAIL_PAUSE = timedelta(minutes=1)
MAILS = 6
AN_HOUR = 5
KEPT_AFTER_EXPIRY = timedelta(days=7)
_ONE_AT_A_TIME = 7_461_010

SUBMITTED = audit.Event.named("signup:submitted", "address", "terms_version")
MAILED_AGAIN = audit.Event.named("signup:mailed_again", "mails")
WITHDRAWN = audit.Event.named("signup:withdrawn")
VERIFIED = audit.Event.named("signup:verified", "workspace")
PURGED = audit.Event.named("signup:purged")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody on the public site, known by nothing but where the request came from."""

    address: str | None = None
    actor_kind: str = "visitor"
    actor_id: str = ""
    actor_name: str = ""


def submit_signup(
    details: NewSignup, *, submission: str, ip_address: str | None, by: audit.Actor
) -> Signup:
    """Enter a sign-up, open for 24 hours, and have its mail address asked for confirmation.

    The same submission twice is one sign-up. Refused for broken rules, a taken address, a mail
    address or workspace address with an open sign-up, and the sixth sign-up of an hour from one
    origin.
    """
    with control_transaction() as control:
        # One at a time, so that checks and entry cannot be overtaken; it takes milliseconds.
        control.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        same = control.scalars(select(Signup).where(Signup.submission == submission)).one_or_none()
        if same is not None:
            return same
        expire_signups()
        origin = origin_of(ip_address)
        refuse_too_many(ip_address)
        _refuse_open(details)
        refuse_bad_signup(details)
        token = ids.secret()
        signup = Signup(
            **asdict(details),
            state=SignupState.SUBMITTED,
            terms_accepted_at=clock.now(),
            submission=submission,
            token_digest=crypto.digest(token),
            expires_at=clock.now() + VALID_FOR,
            mailed_at=clock.now(),
            mails=1,
            ip_address=origin,
        )
        control.add(signup)
        control.flush()
        audit.record_control(
            SUBMITTED,
            signup,
            by=by,
            address=signup.address,
            terms_version=signup.terms_version,
        )
        _send(signup, token)
        return signup


def refuse_too_many(ip_address: str | None) -> None:
    """Raise Refused when an origin has entered its sign-ups of this hour."""
    origin = origin_of(ip_address)
    if origin is None:
        return
    with control_transaction() as control:
        entered = control.scalars(
            select(func.count())
            .select_from(Signup)
            .where(
                Signup.ip_address == origin,
                Signup.created_at > clock.now() - timedelta(hours=1),
            )
        ).one()
    if entered >= AN_HOUR:
        raise Refused(_("Too many sign-ups from here within an hour; please try later."))


def origin_of(ip_address: str | None) -> str | None:
    """Return what counts as one origin: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        address = ipaddress.ip_address(ip_address or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address.packed[:8] + bytes(8), 64)))
    return str(address)


def _refuse_open(details: NewSignup) -> None:
    with control_transaction() as control:
        still_open = (Signup.state == SignupState.SUBMITTED, Signup.expires_at > clock.now())
        if control.scalar(select(Signup.id).where(Signup.address == details.address, *still_open)):
            raise Refused(
                _("Somebody is signing up with this address right now; choose another."),
                field="address",
            )
        try:
            lookups = Signup.email.lookups(details.email)
        except ValueError:
            raise Refused(_("This is not an e-mail address."), field="email") from None
        if control.scalar(
            select(Signup.id).where(Signup.email_index.in_(lookups), *still_open).limit(1)
        ):
            raise Refused(
                _(
                    "A sign-up with this e-mail address waits for confirmation: "
                    "look into the mailbox."
                ),
                field="email",
            )


def _send(signup: Signup, token: str) -> None:
    jobs.enqueue_control(
        send_verification,
        signup_id=signup.id,
        sealed=seal_token(token, public_id=signup.public_id),
    )


def mail_again(signup: Signup, *, by: audit.Actor) -> None:
    """Send a fresh link to an open sign-up's mailbox; the links before it lead nowhere.

    Refused within a minute of the last mail, after five repetitions, and when it is not open.
    """
    with control_transaction():
        signup = lock_row(signup)
        if not signup.is_open:
            raise Refused(_("This sign-up is no longer open."))
        if signup.mails >= MAILS:
            raise Refused(_("The mail was sent as often as possible; please check the address."))
        if signup.mailed_at > clock.now() - MAIL_PAUSE:
            raise Refused(_("A mail was sent just now; please wait a minute."))
        token = ids.secret()
        signup.token_digest = crypto.digest(token)
        signup.mailed_at = clock.now()
        signup.mails += 1
        audit.record_control(MAILED_AGAIN, signup, by=by, mails=signup.mails)
        _send(signup, token)


def withdraw_signup(signup: Signup, *, by: audit.Actor) -> None:
    """End an open sign-up before its time, so that its address is free again."""
    with control_transaction():
        signup = lock_row(signup)
        if not signup.is_open:
            raise Refused(_("This sign-up is no longer open."))
        signup.state = SignupState.EXPIRED
        signup.expires_at = clock.now()
        audit.record_control(WITHDRAWN, signup, by=by)


def verify_signup(token: str, *, by: audit.Actor) -> Signup:
    """Take a mail address as proven and have its workspace; a second time changes nothing.

    The schema comes from the pool and only waits to be opened (`open_workspace_of`); with the pool
    empty it is queued to be built.

    Missing for a wrong or replaced token; refused when the sign-up has expired or no cell has room.
    """
    with control_transaction() as control:
        signup = control.scalars(
            select(Signup)
            .where(Signup.token_digest == crypto.digest(token))
            .with_for_update(of=Signup)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if signup is None:
            raise Missing("token")
        if signup.state == SignupState.VERIFIED:
            return signup
        if not signup.is_open:
            raise Refused(_("This sign-up has expired."))
        if has_workspace(signup.address):
            raise Refused(_("This address is taken; choose another."), field="address")
        place = pool.claim(signup.public_id, cells=cells_with_room())
        workspace = workspaces.register_workspace(
            name=signup.company,
            address=signup.address,
            locale=signup.locale,
            timezone=signup.timezone or USUAL,
            currency=signup.currency,
            plan=signup.plan,
            by=by,
            place=place,
        )
        prepare = provisioning.begin_claimed if place else provisioning.queue_build
        prepare(workspace, owner=_owner(signup))
        signup.state = SignupState.VERIFIED
        signup.verified_at = clock.now()
        signup.workspace_id = workspace.id
        # From here on the password is the workspace's.
        signup.password_hash = None
        audit.record_control(VERIFIED, signup, by=by, workspace=workspace.public_id)
        return signup


def open_workspace_of(signup: Signup, *, plane: TenantPlane) -> None:
    """Open the workspace of a verified sign-up at once, if its schema came from the pool."""
    build = (
        control_session()
        .scalars(select(Build).where(Build.workspace_id == signup.workspace_id))
        .one()
    )
    provisioning.open_claimed(build, plane=plane)


def _owner(signup: Signup) -> Owner:
    return Owner(
        name=signup.contact_name,
        username=signup.username,
        email=signup.email,
        phone=signup.phone,
        password_hash=signup.password_hash or "",
        locale=signup.locale,
    )


def expire_signups() -> int:
    """Mark what was not verified within its 24 hours; return how many."""
    with control_transaction() as control:
        ended = control.scalars(
            update(Signup)
            .where(Signup.state == SignupState.SUBMITTED, Signup.expires_at <= clock.now())
            .values(state=SignupState.EXPIRED)
            .returning(Signup.id)
        )
        return len(ended.all())


def purge_signups() -> int:
    """Delete sign-ups that expired more than a week ago, with all they say; return how many."""
    with control_transaction() as control:
        expire_signups()
        gone = control.scalars(
            select(Signup)
            .where(
                Signup.state == SignupState.EXPIRED,
                Signup.expires_at <= clock.now() - KEPT_AFTER_EXPIRY,
            )
            .with_for_update(of=Signup, skip_locked=True)
        ).all()
        for signup in gone:
            audit.record_control(PURGED, signup, by=audit.SYSTEM)
        control.execute(delete(Signup).where(Signup.id.in_([signup.id for signup in gone])))
        return len(gone)


def details_of(signup: Signup) -> NewSignup:
    """Return what a sign-up asked for, to start again from."""
    return NewSignup(
        company=signup.company,
        address=signup.address,
        contact_name=signup.contact_name,
        username=signup.username,
        email=signup.email,
        phone=signup.phone,
        password_hash=signup.password_hash or "",
        purpose=signup.purpose,
        contact_role=signup.contact_role,
        service_type=signup.service_type,
        locale=signup.locale,
        reference_code=signup.reference_code,
        plan=signup.plan,
        currency=signup.currency,
        timezone=signup.timezone,
    )
