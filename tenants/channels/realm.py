"""The portal: the realm of channels' people, with its own cookie."""

from kit.security import HostKind, Realm
from tenants.channels.services import person_behind

PORTAL = Realm(
    "portal",
    HostKind.WORKSPACE,
    cookie="portal",
    login_endpoint="portal_login.show",
    load=person_behind,
)
