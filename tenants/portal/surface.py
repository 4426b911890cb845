"""What every page of the portal wears, and who looks at it."""

from typing import cast

from flask import url_for
from flask_login import current_user

from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, dresses
from kit.web import Frame, MenuItem, Person, use_frame
from tenants.accounts.brand import current_brand
from tenants.channels import announcing
from tenants.channels.models import ChannelUser
from tenants.channels.permissions import PortalPermission
from tenants.channels.realm import PORTAL

blueprint = RealmBlueprint(
    "portal", __name__, realm=PORTAL, url_prefix="/portal", template_folder="templates"
)


def viewer() -> ChannelUser:
    """Return the person of a channel who is logged in."""
    return cast("ChannelUser", current_user)


def _may(permission: PortalPermission) -> bool:
    return bool(current_user.is_authenticated and current_user.can(permission))


def _unread() -> int:
    return announcing.count_unread(viewer())


MENU = (
    MenuItem(_l("Home"), "portal.home", "home"),
    MenuItem(
        _l("Take order"), "portal.products", "circle-plus", also=("portal.take", "portal.pick")
    ),
    MenuItem(_l("Orders"), "portal.orders", "list-details", also=("portal.order",)),
    MenuItem(
        _l("Commission"),
        "portal.commission",
        "coin",
        visible=lambda: _may(PortalPermission.MONEY),
        also=("portal.why",),
    ),
    MenuItem(
        _l("My team"),
        "portal.team",
        "users",
        visible=lambda: _may(PortalPermission.TEAM),
        also=(
            "portal.member",
            "portal.add_member",
            "portal.invite",
            "portal.shares",
            "portal.share",
            "portal.set_share",
            "portal.freeze",
        ),
    ),
    MenuItem(
        # The word on a sixth of a phone's width.
        _l("News"),
        "portal.announcements",
        "speakerphone",
        also=("portal.announcement",),
        badge=_unread,
    ),
)


@dresses(PORTAL)
def wear() -> None:
    """Give a page of the portal its brand, its tab bar and its person."""
    person = None
    menu: tuple[MenuItem, ...] = ()
    if current_user.is_authenticated:
        person = Person(
            name=viewer().name,
            detail=viewer().channel.name,
            key=viewer().public_id,
            sign_out_url=url_for("portal_login.sign_out"),
        )
        menu = MENU
    use_frame(
        Frame(
            layout="kit/phone.html" if person else "kit/bare.html",
            brand=current_brand(),
            menu=menu,
            person=person,
            home_url=url_for("portal.home"),
        )
    )
