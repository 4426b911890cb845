"""What every new workspace begins with: three roles and its first administrator (B027)."""

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from tenants.accounts.models import Profile, Role, User
from tenants.accounts.permissions import Permission, every_permission

ADMINISTRATOR = "administrator"
SALESPERSON = "salesperson"
CUSTOMER_SERVICE = "customer_service"

P = Permission
ROLES = {
    ADMINISTRATOR: ({"zh": "管理员", "en": "Administrator"}, every_permission()),
    SALESPERSON: (
        {"zh": "销售员", "en": "Salesperson"},
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
        ],
    ),
    CUSTOMER_SERVICE: (
        {"zh": "客服", "en": "Customer service"},
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
        ],
    ),
}
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
    """Make the roles, the empty profile and the first administrator."""
    with transaction() as session:
        for code, (names, permissions) in ROLES.items():
            session.add(
                Role(
                    code=code,
                    name=names[language],
                    permissions=[permission.value for permission in permissions],
                )
            )
        session.add(Profile(company=company, contact_name=name, contact_phone="", address=""))
        session.flush()
        administrator = session.scalars(select(Role).where(Role.code == ADMINISTRATOR)).one()
        user = User(
            username=username,
            name=name,
            email=email,
            phone=phone,
            password_hash=password_hash,
            roles=[administrator],
        )
        session.add(user)
        session.flush()
        audit.record(SEEDED, user, by=audit.SYSTEM, username=username)
        return user
