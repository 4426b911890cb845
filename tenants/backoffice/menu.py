"""The tree menu of the back office: an entry shows to whoever may open its page."""

from enum import StrEnum
from functools import partial

from flask import current_app
from flask_login import current_user

from kit.i18n import lazy_gettext as _l
from kit.web import MenuGroup, MenuItem
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.records.access import may_restore

P = Permission


def _may_open(endpoint: str, permission: StrEnum) -> bool:
    # Every entry of the menu asks: the proxy is looked behind once, not twice.
    person = current_user._get_current_object()  # noqa: SLF001 - the proxy's documented way out
    return bool(
        person.is_authenticated
        and endpoint in current_app.view_functions
        and person.can(permission)
    )


def _may_import() -> bool:
    kinds = (P.Number.IMPORT, P.Customer.EDIT, P.Order.IMPORT, P.User.EDIT)
    return any(_may_open("imports.index", each) for each in kinds)


def _may_restore() -> bool:
    return bool(current_user.is_authenticated and may_restore(signed_in_user()))


def entry(
    label: object,
    endpoint: str,
    permission: StrEnum,
    *,
    icon: str = "point",
    also: tuple[str, ...] = (),
) -> MenuItem:
    """Return a menu entry for a page that needs a permission."""
    return MenuItem(
        label, endpoint, icon, visible=partial(_may_open, endpoint, permission), also=also
    )


MENU: tuple[MenuGroup | MenuItem, ...] = (
    MenuItem(_l("Home"), "backoffice.home", "home", also=("backoffice.arrange",)),
    MenuItem(_l("Favourites"), "favourites.index", "star"),
    entry(_l("Orders"), "orders.index", P.Order.VIEW, icon="shopping-cart", also=("orders.",)),
    entry(
        _l("Customers"),
        "customers.index",
        P.Customer.VIEW,
        icon="users",
        also=("customers.",),
    ),
    entry(
        _l("Messages to customers"),
        "customer_messages.index",
        P.Customer.VIEW,
        icon="message",
        also=("customer_messages.",),
    ),
    MenuGroup(
        _l("Numbers and SIM cards"),
        (
            entry(_l("Numbers"), "numbers.index", P.Number.VIEW, also=("numbers.",)),
            entry(_l("SIM cards"), "cards.index", P.Number.VIEW, also=("cards.",)),
            entry(_l("Number pools"), "pools.index", P.Number.VIEW, also=("pools.",)),
            entry(_l("Segments"), "segments.index", P.Number.VIEW, also=("segments.",)),
        ),
        icon="device-sim",
    ),
    entry(
        _l("Approvals"),
        "approvals.index",
        P.Approval.VIEW,
        icon="checkbox",
        also=("approvals.",),
    ),
    MenuItem(_l("Work reminders"), "reminders.index", "alarm", also=("reminders.",)),
    MenuItem(_l("Announcements"), "announcements.index", "speakerphone", also=("announcements.",)),
    MenuItem(_l("Notices"), "notices.index", "bell", also=("notices.",)),
    entry(
        _l("Products"),
        "products.index",
        P.Product.VIEW,
        icon="package",
        also=("products.",),
    ),
    MenuGroup(
        _l("Channels"),
        (
            entry(
                _l("Channels"),
                "channels.index",
                P.Channel.VIEW,
                also=("channels.show", "channels.new", "channels.edit"),
            ),
            entry(_l("Channel tree"), "channels.tree", P.Channel.VIEW),
            entry(
                _l("Grades"),
                "channels.grades",
                P.Channel.VIEW,
                also=("channels.new_grade", "channels.edit_grade"),
            ),
        ),
        icon="sitemap",
    ),
    MenuGroup(
        _l("Settlement"),
        (
            entry(
                _l("Commission lines"),
                "settlement.index",
                P.Settlement.VIEW,
                also=("settlement.why",),
            ),
            entry(_l("Balances of channels"), "settlement.balances", P.Settlement.VIEW),
            entry(
                _l("Settlement runs"),
                "settlement.runs",
                P.Settlement.VIEW,
                also=("settlement.run", "settlement.settle"),
            ),
            entry(_l("Payouts"), "settlement.payouts", P.Settlement.VIEW, also=("settlement.pay",)),
            entry(
                _l("Ledger"),
                "settlement.journals",
                P.Settlement.VIEW,
                also=("settlement.journal",),
            ),
        ),
        icon="coin",
    ),
    entry(
        _l("Documents"),
        "documents.index",
        P.Document.VIEW,
        icon="files",
        also=("documents.",),
    ),
    MenuItem(
        _l("Recycle bin"),
        "recycle_bin.index",
        "trash",
        visible=_may_restore,
        also=("recycle_bin.",),
    ),
    MenuGroup(
        _l("Settings"),
        (
            entry(
                _l("People"),
                "accounts.users",
                P.User.VIEW,
                also=(
                    "accounts.user",
                    "accounts.new_user",
                    "accounts.invite",
                    "accounts.edit_user",
                    "accounts.set_password",
                    "accounts.remove_factor",
                    "accounts.rights",
                ),
            ),
            entry(
                _l("Organisation units"),
                "accounts.units",
                P.Unit.VIEW,
                also=(
                    "accounts.unit",
                    "accounts.new_unit",
                    "accounts.edit_unit",
                    "accounts.move_unit",
                ),
            ),
            entry(
                _l("Roles"),
                "accounts.roles",
                P.Role.VIEW,
                also=(
                    "accounts.role",
                    "accounts.new_role",
                    "accounts.edit_role",
                    "accounts.ceiling",
                ),
            ),
            entry(
                _l("Approval flows"),
                "approval_flows.index",
                P.Approval.EDIT,
                also=("approval_flows.",),
            ),
            entry(
                _l("Rules for notices"),
                "notice_settings.index",
                P.Notice.EDIT,
                also=("notice_settings.",),
            ),
            entry(_l("Tags"), "tags.index", P.Tag.EDIT, also=("tags.",)),
            MenuItem(_l("Imports"), "imports.index", visible=_may_import, also=("imports.",)),
            MenuItem(_l("Exports"), "exports.index", also=("exports.", "many.")),
            MenuItem(_l("Background tasks"), "tasks.index", also=("tasks.",)),
            entry(_l("Carrier accounts"), "carriers.index", P.Order.IMPORT, also=("carriers.",)),
            entry(
                _l("Company profile"),
                "accounts.profile",
                P.Workspace.EDIT,
                also=("workspace.zone",),
            ),
            entry(
                _l("Dictionary"),
                "setup.types",
                P.Setup.VIEW,
                also=("setup.values", "setup.new_value", "setup.edit_value"),
            ),
            entry(_l("Numbering"), "setup.rules", P.Setup.VIEW, also=("setup.edit_rule",)),
            entry(
                _l("Parameters"), "setup.list_parameters", P.Setup.VIEW, also=("setup.parameter",)
            ),
            entry(_l("Security"), "accounts.security", P.Workspace.SECURE),
            entry(
                _l("Plan and billing"),
                "billing.show",
                P.Billing.VIEW,
                also=("billing.", "billing_transfer.", "billing_usage.", "buyer.", "fapiao."),
            ),
            entry(
                _l("Workspace and data"),
                "workspace.show",
                P.Workspace.EXPORT,
                also=("workspace.exports", "workspace.new_export", "workspace.close"),
            ),
            entry(
                _l("Company verification"),
                "verification.show",
                P.Workspace.VERIFY,
                also=("verification.",),
            ),
            entry(
                _l("Support access"),
                "support.index",
                P.Workspace.SUPPORT,
                also=("support.show", "support.new"),
            ),
            entry(_l("Audit log"), "log.index", P.Audit.VIEW, also=("log.",)),
            entry(_l("Log of log-ins"), "accounts.log_ins", P.Audit.VIEW),
            entry(_l("Log of reveals"), "accounts.reveals", P.Audit.VIEW),
        ),
        icon="settings",
    ),
    MenuGroup(
        _l("Help"),
        (
            MenuItem(
                _l("Help centre"),
                "help.index",
                also=("help.article", "help.own", "help.beside", "help.questions"),
            ),
            MenuItem(_l("What is new"), "help.news"),
            MenuItem(
                _l("My reports"),
                "help.own_reports",
                also=("help.new_report", "help.report", "help.report_file"),
            ),
            entry(_l("Reports"), "help.reports", P.Help.ANSWER),
            entry(
                _l("Own articles"),
                "help.articles",
                P.Help.EDIT,
                also=("help.new_article", "help.edit_article"),
            ),
            entry(_l("Contact card"), "help.contact", P.Help.EDIT),
        ),
        icon="lifebuoy",
    ),
)
