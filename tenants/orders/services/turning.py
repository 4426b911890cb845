"""Tell the owner that customers are turned away: the order itself left nothing behind."""

from control.billing.limits import Counted
from kit import clock
from kit.db import transaction
from kit.i18n import format_date
from tenants.accounts import counters
from tenants.accounts.queries import administrators
from tenants.notices import services as notices
from tenants.orders.telling import TURNED_AWAY


def tell_turned_away() -> None:
    """Tell the administrators that an order was turned away, once a day.

    For whoever caught TurnedAway, after the transaction of that order has been taken back.
    """
    day = format_date(clock.today())
    with transaction():
        month = counters.month_of(clock.now())
        if counters.tell_once(Counted.ORDERS, "turned_away", day, period=month):
            notices.notify(TURNED_AWAY, "", administrators(), day=day)
