"""All that the mirror shows of an account, to compare with what it shows later."""

from control.billing.models import Invoice, Subscription
from kit.db import control_session

SHOWN = ("stripe_id", "state", "extra_seats", "period_ends_at", "cancels_at", "plan_version_id")
OWED = ("stripe_id", "state", "total_amount", "remaining_amount", "refunded_amount", "is_disputed")


def picture(account):
    control_session().expire_all()

    def rows(model, names):
        found = control_session().query(model).filter_by(account_id=account.id)
        return sorted(tuple(getattr(one, name) for name in names) for one in found)

    return (
        account.standing,
        account.workspace.state,
        rows(Subscription, SHOWN),
        rows(Invoice, OWED),
    )
