"""The operator's realm: a host of its own, a cookie of its own, operators and nobody else."""

from flask import url_for
from flask_login import current_user

from control.billing.fapiao.queries import waiting as fapiao_waiting
from control.billing.transfer.queries import waiting as transfers_waiting
from control.console.services import operator_behind
from control.verification.queries import waiting
from kit.i18n import lazy_gettext as _l
from kit.security import HostKind, Realm, RealmBlueprint, dresses
from kit.settings import get_settings
from kit.web import Brand, Frame, MenuGroup, MenuItem, Person, use_frame

CONSOLE = Realm(
    "console",
    HostKind.CONSOLE,
    cookie="console",
    login_endpoint="console.login",
    load=operator_behind,
)
blueprint = RealmBlueprint(
    "console",
    __name__,
    realm=CONSOLE,
    front_door="console.workspaces",
    url_prefix="/console",
    template_folder="templates",
)

MENU = (
    MenuItem(
        _l("Workspaces"),
        "console.workspaces",
        "building",
        also=(
            "console.workspace",
            "console.suspend",
            "console.resume",
            "console.export",
            "console.clone",
            "console.close",
            "console.way_back",
            "console.move",
            "console.restore",
        ),
    ),
    MenuItem(
        _l("Company verification"),
        "console.verifications",
        "building-community",
        also=(
            "console.verification",
            "console.revoke_verification",
            "console.reveal_of_verification",
            "console.revoke_unseen",
        ),
        badge=waiting,
    ),
    MenuItem(_l("Support access"), "console.support", "lifebuoy", also=("console.support_grant",)),
    MenuGroup(
        _l("Billing"),
        (
            MenuItem(_l("Revenue"), "console.revenue"),
            MenuItem(
                _l("Customers"),
                "console.billing_accounts",
                also=(
                    "console.billing_account",
                    "console.account_usage",
                    "console.account_charges",
                    "console.extend_trial",
                    "console.pay_back",
                ),
            ),
            MenuItem(
                _l("Invoices"),
                "console.invoices",
                also=(
                    "console.invoice",
                    "console.take_invoice_back",
                    "console.receive_transfer",
                    "console.void_transfer_invoice",
                ),
            ),
            MenuItem(_l("Books"), "console.books"),
            MenuItem(
                _l("Fapiao"),
                "console.fapiao",
                also=(
                    "console.fapiao_request",
                    "console.issue_fapiao",
                    "console.reject_fapiao",
                    "console.correct_fapiao",
                    "console.reveal_of_fapiao",
                ),
                badge=fapiao_waiting,
            ),
            MenuItem(
                _l("Transfers to confirm"),
                "console.transfer_proofs",
                also=(
                    "console.transfer_proof",
                    "console.confirm_transfer",
                    "console.reject_transfer",
                ),
                badge=transfers_waiting,
            ),
            MenuItem(_l("Bank movements"), "console.bank_transfers"),
            MenuItem(_l("Our bank account"), "console.transfer_terms"),
            MenuItem(
                _l("Charges beyond plans"),
                "console.usage_charges",
                also=("console.usage_charge", "console.waive_charge"),
            ),
            MenuItem(
                _l("Billing plans"),
                "console.billing_plans",
                also=(
                    "console.billing_plan",
                    "console.new_billing_plan",
                    "console.edit_billing_plan",
                    "console.plan_version",
                    "console.edit_plan_version",
                ),
            ),
            MenuItem(
                _l("Coupons"),
                "console.coupons",
                also=("console.coupon", "console.new_coupon", "console.coupon_uses"),
            ),
            MenuItem(_l("Days of dunning"), "console.dunning"),
            MenuItem(_l("Who we are"), "console.seller"),
            MenuItem(_l("Tax rates"), "console.tax_rates", also=("console.edit_tax_rate",)),
            MenuItem(
                _l("Stripe's events"),
                "console.stripe_events",
                also=("console.stripe_event", "console.drift"),
            ),
        ),
        "receipt",
    ),
    MenuItem(_l("Builds"), "console.builds", "crane"),
    MenuItem(_l("Cells"), "console.cells", "database"),
    MenuItem(_l("Updates"), "console.updates", "versions", also=("console.updates_progress",)),
    MenuItem(
        _l("Background work"),
        "console.work",
        "stack-2",
        also=(
            "console.queues",
            "console.failures",
            "console.work_schedules",
            "console.share_of_work",
        ),
    ),
    MenuItem(_l("Backups"), "console.backups", "database-export"),
    MenuItem(
        _l("Messages"),
        "console.messages",
        "mail",
        visible=lambda: get_settings().is_development,
    ),
)


@dresses(CONSOLE)
def wear() -> None:
    """Give the console's pages their frame; a plain one to who is not logged in."""
    brand = Brand(name=_l("Simtree console"))
    home = url_for("console.workspaces")
    if not current_user.is_authenticated:
        use_frame(Frame(layout="kit/bare.html", brand=brand, home_url=home))
        return
    use_frame(
        Frame(
            brand=brand,
            menu=MENU,
            home_url=home,
            person=Person(
                name=current_user.name,
                detail=_l("Platform operator"),
                key=current_user.public_id,
                profile_url=url_for("console.account"),
                sign_out_url=url_for("console.logout"),
            ),
        )
    )
