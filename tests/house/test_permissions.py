"""Permissions are explained, held by some role and asked for by some page."""

from kit.security.routes import access_of
from tenants.accounts.permissions import SENTENCES, every_permission
from tenants.accounts.seed import ADMINISTRATOR, ROLES
from tenants.channels.permissions import ROLES as PORTAL_ROLES
from tenants.channels.permissions import PortalPermission
from tests.house.source import python


def test_every_permission_has_a_sentence():
    assert set(SENTENCES) == set(every_permission())


def test_the_administrator_holds_every_permission():
    assert set(ROLES[ADMINISTRATOR][2]) == set(every_permission())


def test_every_portal_permission_is_in_a_role():
    assert set().union(*PORTAL_ROLES.values()) == set(PortalPermission)


def test_every_permission_is_used(app):
    asked = {access_of(view) for view in app.view_functions.values()}
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in python("tenants")
        if path.name not in {"permissions.py", "seed.py"}
    )
    unused = [
        permission
        for permission in every_permission()
        if permission not in asked and f"{type(permission).__name__}.{permission.name}" not in text
    ]
    assert not unused
