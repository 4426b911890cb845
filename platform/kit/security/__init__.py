"""Who may come in, and to what: realms, routes' rights, passwords and sessions.

A *realm* is one audience with its own log-in and cookie (the back office, the portal, the
console); realms never share a session. Every route is marked `@requires(permission)`,
`@signed_in` or `@public`; the application refuses to start with one that is not.
"""

from kit.security.passwords import (
    MANUAL,
    POLICIES,
    PasswordPolicy,
    PasswordPreset,
    check_password,
    hash_password,
    refuse_weak_password,
    verify_against_nothing,
)
from kit.security.persons import Acting
from kit.security.realms import (
    HostKind,
    Person,
    Realm,
    RealmBlueprint,
    dresses,
    end_secret_cookie,
    end_session_cookie,
    set_secret_cookie,
    set_session_cookie,
)
from kit.security.routes import Open, access_of, for_payers, public, requires, signed_in
from kit.security.sessions import SessionColumns, client_address, client_device

__all__ = [
    "MANUAL",
    "POLICIES",
    "Acting",
    "HostKind",
    "Open",
    "PasswordPolicy",
    "PasswordPreset",
    "Person",
    "Realm",
    "RealmBlueprint",
    "SessionColumns",
    "access_of",
    "check_password",
    "client_address",
    "client_device",
    "dresses",
    "end_secret_cookie",
    "end_session_cookie",
    "for_payers",
    "hash_password",
    "public",
    "refuse_weak_password",
    "requires",
    "set_secret_cookie",
    "set_session_cookie",
    "signed_in",
    "verify_against_nothing",
]
