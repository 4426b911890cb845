"""What a sign-up must satisfy; each rule alone, so that a form can show all that are broken."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from control.billing.plans import offered_versions, sold_currencies
from control.domains.services import refuse_bad_address
from control.signup.models import ContactRole, Purpose, ServiceType
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import email_address, phone_number
from kit.zones import zone_names

TERMS_VERSION = "2026-07-01"
_USERNAME = re.compile(r"[A-Za-z0-9_]{3,20}")
_RESERVED_USERNAMES = frozenset(
    (
        "admin",
        "administrator",
        "anonymous",
        "api",
        "guest",
        "null",
        "operator",
        "owner",
        "root",
        "simtree",
        "superuser",
        "support",
        "system",
        "test",
        "undefined",
        "webmaster",
    )
)
_CHOICES = {"purpose": Purpose, "contact_role": ContactRole, "service_type": ServiceType}
_LENGTHS = {"company": 100, "contact_name": 50}


@dataclass(frozen=True, slots=True)
class NewSignup:
    """What a person asks for; the password only as its hash.

    Plan, currency and time zone that are not named are the usual ones.
    """

    company: str
    address: str
    contact_name: str
    username: str
    email: str
    phone: str
    password_hash: str
    purpose: str
    contact_role: str
    service_type: str
    locale: str
    reference_code: str | None = None
    plan: str = ""
    currency: str = ""
    timezone: str = ""
    terms_version: str = TERMS_VERSION

    @property
    def personal(self) -> tuple[str, ...]:
        """What a password must not contain."""
        number = self.phone.removeprefix("+86")
        return (
            self.username,
            self.contact_name,
            self.company,
            self.email.partition("@")[0],
            number,
        )


@lru_cache(maxsize=1)
def disposable() -> frozenset[str]:
    """Return the domains of mailboxes that are thrown away."""
    return frozenset(Path(__file__).with_name("disposable.txt").read_text("utf-8").split())


def refuse_bad_username(username: str) -> None:
    """Raise Refused for a user name that breaks the rule (D020)."""
    if not _USERNAME.fullmatch(username):
        raise Refused(
            _("The user name needs 3 to 20 letters, digits or underscores."), field="username"
        )
    if username.casefold() in _RESERVED_USERNAMES:
        raise Refused(_("This user name is reserved; choose another."), field="username")


def refuse_bad_email(email: str) -> None:
    """Raise Refused for what is no mail address, or one of a mailbox that is thrown away."""
    try:
        domain = email_address(email).partition("@")[2]
    except ValueError:
        raise Refused(_("This is not an e-mail address."), field="email") from None
    labels = domain.split(".")
    if any(".".join(labels[start:]) in disposable() for start in range(len(labels))):
        raise Refused(
            _("Disposable mail addresses are not accepted; use one that you keep."), field="email"
        )


def refuse_bad_phone(phone: str) -> None:
    """Raise Refused for what is no telephone number."""
    try:
        phone_number(phone)
    except ValueError:
        raise Refused(_("This is not a telephone number."), field="phone") from None


def _refuse_not_offered(details: NewSignup) -> None:
    """Raise Refused for a plan or a currency that is not sold, or a time zone that is none."""
    offered = {
        "plan": {version.plan.code for version in offered_versions()},
        "currency": set(sold_currencies()),
        "timezone": zone_names(),
    }
    for field, choices in offered.items():
        if getattr(details, field) not in {"", *choices}:
            raise Refused(_("This choice does not exist any more."), field=field)


def refuse_bad_signup(details: NewSignup) -> None:
    """Raise Refused for the first rule that a sign-up breaks."""
    for field, longest in _LENGTHS.items():
        if not 1 <= len(getattr(details, field).strip()) <= longest:
            raise Refused(_("Please fill this in."), field=field)
    for field, enum in _CHOICES.items():
        if getattr(details, field) not in set(enum):
            raise Refused(_("This choice does not exist any more."), field=field)
    _refuse_not_offered(details)
    refuse_bad_address(details.address)
    refuse_bad_username(details.username)
    refuse_bad_email(details.email)
    refuse_bad_phone(details.phone)
    if details.terms_version != TERMS_VERSION:
        raise Refused(
            _("The terms have changed; please read and accept them again."), field="terms"
        )
    if not details.password_hash:
        raise Refused(_("Please choose a password."), field="password")
