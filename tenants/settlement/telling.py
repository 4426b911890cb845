"""What people are told of settlement."""

from typing import Any

from sqlalchemy import select

from kit import audit
from kit.db import session
from kit.i18n import format_money
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import Role, User
from tenants.accounts.permissions import Permission
from tenants.notices.kinds import Kind, Placeholder, register
from tenants.notices.services import notify
from tenants.settlement.models import SettlementRun


def _money(amount_and_currency: Any) -> str:
    return format_money(*amount_and_currency)


SETTLED = register(
    Kind(
        code="settlement:settled",
        group=_l("Settlement"),
        label=_l("The month was settled by itself"),
        title=_l("Settled up to {day}: {total}"),
        body=_l("Lines: {count}. They can be paid now."),
        whom=_l("Who may settle"),
        placeholders={
            "day": Placeholder(_l("Day"), "2026-07-31"),
            "total": Placeholder(_l("Amount"), "¥1,234.50", _money),
            "count": Placeholder(_l("Lines"), "12"),
        },
        path="/settlement/runs/{id}",
        icon="checks",
    )
)


def tell_settled(run: SettlementRun, *, by: audit.Actor) -> None:
    """Tell who may settle of a run that nobody has started."""
    notify(
        SETTLED,
        run.public_id,
        _settlers(),
        by=by,
        day=run.until.isoformat(),
        total=[run.total_amount, run.currency],
        count=run.line_count,
    )


def _settlers() -> list[User]:
    roles = session().scalars(select(Role)).all()
    giving = [one.id for one in roles if Permission.Settlement.SETTLE in one.permissions]
    return list(
        session().scalars(
            select(User)
            .where(User.is_active, User.roles.any(Role.id.in_(giving)))
            .order_by(User.id)
        )
    )
