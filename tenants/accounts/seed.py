"""What every new workspace begins with: its roles (B027, D009), headquarters and administrator."""

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from kit.sorting import sort_key
from tenants.accounts.models import DataScope, Profile, Role, Unit, User
from tenants.accounts.permissions import Permission, every_permission

ADMINISTRATOR = "administrator"
SALESPERSON = "salesperson"
CUSTOMER_SERVICE = "customer_service"

P = Permission
ROLES = {
    ADMINISTRATOR: (
        {"zh": "管理员", "en": "Administrator"},
        DataScope.ALL,
        every_permission(),
    ),
    SALESPERSON: (
        {"zh": "销售员", "en": "Salesperson"},
        DataScope.CHANNELS,
        [
            P.Channel.VIEW,
            P.Channel.INVITE,
            P.Product.VIEW,
            P.Number.VIEW,
            P.Customer.VIEW,
            P.Customer.EDIT,
            P.Order.VIEW,
            P.Order.CREATE,
            P.Order.EDIT,
            P.Order.SHIP,
            P.Approval.VIEW,
            P.Channel.REVEAL,
            P.Customer.REVEAL,
            P.Customer.SHARE,
            P.Order.REVEAL,
            P.Order.SHARE,
            P.Document.VIEW,
            P.Bin.VIEW,
        ],
    ),
    CUSTOMER_SERVICE: (
        {"zh": "客服", "en": "Customer service"},
        DataScope.ALL,
        [
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Number.VIEW,
            P.Customer.VIEW,
            P.Customer.EDIT,
            P.Customer.REVEAL,
            P.Order.VIEW,
            P.Order.CREATE,
            P.Order.EDIT,
            P.Order.AUDIT,
            P.Order.ASSIGN,
            P.Order.SUBMIT,
            P.Order.CANCEL,
            P.Approval.VIEW,
            P.Customer.SHARE,
            P.Order.REVEAL,
            P.Order.SHARE,
            P.Desk.SHARE,
            P.Document.VIEW,
            P.Bin.VIEW,
        ],
    ),
    "finance": (
        {"zh": "财务", "en": "Finance"},
        DataScope.ALL,
        [
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Order.VIEW,
            P.Settlement.VIEW,
            P.Settlement.SETTLE,
            P.Settlement.PAY,
            P.Approval.VIEW,
            P.Desk.SHARE,
            P.Document.VIEW,
            P.Billing.VIEW,
        ],
    ),
    "warehouse": (
        {"zh": "仓库", "en": "Warehouse"},
        DataScope.ALL,
        [
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Number.VIEW,
            P.Number.EDIT,
            P.Number.IMPORT,
            P.Number.ALLOT,
            P.Order.VIEW,
            P.Order.SHIP,
            P.Approval.VIEW,
            P.Order.REVEAL,
            P.Desk.SHARE,
            P.Document.VIEW,
        ],
    ),
    "marketing": (
        {"zh": "市场", "en": "Marketing"},
        DataScope.ALL,
        [
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Product.EDIT,
            P.Number.VIEW,
            P.Customer.VIEW,
            P.Approval.VIEW,
            P.Desk.SHARE,
            P.Document.VIEW,
            P.Tag.EDIT,
            P.Bin.VIEW,
        ],
    ),
    "analyst": (
        {"zh": "分析", "en": "Analyst"},
        DataScope.ALL,
        [
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Number.VIEW,
            P.Customer.VIEW,
            P.Order.VIEW,
            P.Settlement.VIEW,
            P.Desk.SHARE,
            P.Document.VIEW,
        ],
    ),
    "auditor": (
        {"zh": "审计", "en": "Auditor"},
        DataScope.ALL,
        [
            P.User.VIEW,
            P.Role.VIEW,
            P.Unit.VIEW,
            P.Channel.VIEW,
            P.Product.VIEW,
            P.Order.VIEW,
            P.Settlement.VIEW,
            P.Approval.VIEW,
            P.Approval.ALL,
            P.Export.ALL,
            P.Audit.VIEW,
            P.Audit.VERIFY,
            P.Setup.VIEW,
            P.Document.VIEW,
        ],
    ),
}
HEADQUARTERS = {"zh": "总部", "en": "Headquarters"}
SEEDED = audit.Event.named("workspace:seeded", "username")


def is_seeded() -> bool:
    """Tell whether the open workspace has been filled already."""
    return session().scalar(select(Role.id).limit(1)) is not None


def seed_accounts(
    *,
    company: str,
    name: str,
    username: str,
    email: str,
    phone: str,
    password_hash: str,
    language: str,
) -> User:
    """Make the roles, the headquarters, the empty profile and the first administrator."""
    with transaction() as session:
        for code, (names, scope, permissions) in ROLES.items():
            session.add(
                Role(
                    code=code,
                    name=names[language],
                    scope=scope,
                    permissions=[permission.value for permission in permissions],
                )
            )
        session.add(Profile(company=company, contact_name=name, contact_phone="", address=""))
        unit = Unit(name=HEADQUARTERS[language], sort_key=sort_key(HEADQUARTERS[language]), depth=1)
        session.add(unit)
        session.flush()
        unit.path = f"{unit.id}."
        administrator = session.scalars(select(Role).where(Role.code == ADMINISTRATOR)).one()
        user = User(
            username=username,
            name=name,
            email=email,
            phone=phone,
            password_hash=password_hash,
            roles=[administrator],
            unit=unit,
        )
        session.add(user)
        session.flush()
        audit.record(SEEDED, user, by=audit.SYSTEM, username=username)
        return user
