"""What every page of the back office wears: brand, menu, person and standing notices."""

from dataclasses import replace
from datetime import timedelta

from flask import current_app, g, request, url_for
from flask_login import current_user
from markupsafe import Markup

from kit import clock, tenancy
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, access_of, dresses
from kit.tenancy import Access
from kit.web import Frame, MenuGroup, MenuItem, Person, use_frame
from kit.web.frame import no_star
from tenants.accounts.brand import current_brand
from tenants.accounts.permissions import Permission
from tenants.accounts.policy import current_policy
from tenants.accounts.realm import OFFICE, is_locked, signed_in_user, supporter
from tenants.accounts.support import OPEN_PAGES, Supporter
from tenants.backoffice.menu import MENU
from tenants.backoffice.search import star_here
from tenants.desk.arranging import OfficeDesk
from tenants.setup.views.centre import is_news

blueprint = RealmBlueprint(
    "backoffice",
    __name__,
    realm=OFFICE,
    front_door="backoffice.home",
    url_prefix="/home",
    template_folder="templates",
)

BANNER = "trust/_banner.html"
TRIAL_WARNED = timedelta(days=7)


@dresses(OFFICE)
def wear() -> None:
    """Give a page of the back office its frame; a bare one before the log-in and while locked."""
    if not current_user.is_authenticated or is_locked():
        home = url_for("accounts.login")
        use_frame(Frame(layout="kit/bare.html", brand=current_brand(), home_url=home))
        return
    if (guest := supporter()) is not None:
        _wear_for(guest)
        return
    user = signed_in_user()
    # Until an own password is chosen, or what is owed is paid, no other page opens.
    is_shut = user.must_change_password or tenancy.current().access == Access.UNPAID
    use_frame(
        Frame(
            brand=current_brand(),
            menu=() if is_shut else MENU,
            person=Person(
                name=user.name,
                detail="、".join(role.name for role in user.roles),
                key=user.public_id,
                profile_url=url_for("accounts.centre"),
                sign_out_url=url_for("accounts.logout"),
                lock_url=url_for("accounts.lock"),
                idle_minutes=current_policy().idle_minutes,
            ),
            home_url=url_for("backoffice.home"),
            search_url=None if is_shut else url_for("search.index"),
            may=user.can,
            look_up_url=url_for("search.look_up", kind=""),
            search_hint=_l("Number, phone, ICCID, name or page"),
            messages_url=None if is_shut else url_for("notices.index"),
            live_url=None if is_shut else url_for("notices.bell"),
            help_url=_help_url(),
            news_url=url_for("help.news"),
            has_news=is_news(),
            notice=_notice(),
            banner=BANNER if _is_open_to_support() else "",
            desk=OfficeDesk(user),
            star=no_star if is_shut else star_here,
        )
    )


def _is_open_to_support() -> bool:
    until = tenancy.current().support_until
    return until is not None and until > clock.now()


def _wear_for(guest: Supporter) -> None:
    """Give an operator's pages a frame of their own: no account, no messages, nothing to keep."""
    g.support_guest = guest
    use_frame(
        Frame(
            brand=current_brand(),
            menu=_menu_of(guest),
            person=Person(name=guest.name, detail=str(_("Platform operator")), key=guest.public_id),
            home_url=url_for("support.inside"),
            search_url=url_for("search.index"),
            may=guest.can,
            look_up_url=url_for("search.look_up", kind=""),
            search_hint=_l("Number, phone, ICCID, name or page"),
            help_url=_help_url(),
            notice=_notice(),
            banner=BANNER,
            may_export=False,
        )
    )


def _menu_of(guest: Supporter) -> list[MenuGroup | MenuItem]:
    """Return what of the menu an operator can open."""

    def is_open(item: MenuItem) -> bool:
        right = access_of(current_app.view_functions[item.endpoint])
        return item.endpoint in OPEN_PAGES or (right is not None and guest.can(right))

    kept: list[MenuGroup | MenuItem] = []
    for one in MENU:
        if isinstance(one, MenuItem):
            kept += [one] if is_open(one) else []
        elif items := [item for item in one.items if is_open(item)]:
            kept.append(replace(one, items=items))
    return kept


@blueprint.app_context_processor
def visiting() -> dict[str, object]:
    """Tell templates which operator is looking; None for the workspace's own people."""
    return {"support_guest": g.get("support_guest")}


def _help_url() -> str:
    at = request.full_path.rstrip("?")
    return url_for("help.beside", page=request.endpoint or "", at=at[:300])


def _notice() -> str | Markup:
    """Return what stands above every page: that the workspace goes or is shut, and what to do."""
    workspace = tenancy.current()
    if workspace.closes_at is not None:
        return str(
            _(
                "This workspace will be deleted on %(at)s. Until then it can be read and exported.",
                at=format_datetime(workspace.closes_at),
            )
        )
    if workspace.access == Access.READ_ONLY:
        why = _(
            "This workspace has not been paid, so it is read only: it can be seen and exported, "
            "not changed."
        )
        return Markup("{} {}").format(why, _way_out())
    if workspace.access == Access.UNPAID:
        why = _("This workspace is suspended until it is paid. Nothing is lost.")
        return Markup("{} {}").format(why, _way_out())
    return _warning()


def _warning() -> str | Markup:
    """Return what those who see to the plan have to know before anybody else notices it."""
    workspace = tenancy.current()
    if workspace.falls_at is None or not current_user.can(Permission.Billing.VIEW):
        return ""
    day = format_datetime(workspace.falls_at)
    if workspace.standing == "past_due":
        why = _(
            "Something is unpaid. From %(day)s this workspace can only be read and exported.",
            day=day,
        )
    elif workspace.standing != "trial":
        why = _(
            "The plan was given up. From %(day)s this workspace can only be read and exported.",
            day=day,
        )
    elif workspace.falls_at - clock.now() <= TRIAL_WARNED:
        why = _("The trial ends on %(day)s.", day=day)
    else:
        return ""
    return Markup("{} {}").format(why, _way_out())


def _way_out() -> str | Markup:
    """Return what whoever reads it can do about an unpaid workspace."""
    if not current_user.is_authenticated or not current_user.can(Permission.Billing.VIEW):
        return str(_("An administrator can choose a plan or pay."))
    return Markup('<a href="{}">{}</a>').format(url_for("billing.show"), _("Choose a plan or pay"))
