"""Forms about the plan."""

from typing import Any

from control.billing.labels import intervals
from control.billing.models import Interval, PlanPrice
from control.billing.online.checkout import MOST_SEATS
from control.billing.plans import offered_versions
from kit.forms import ChoiceField, Form, HiddenTextField, IntegerField, PasswordField, TextField
from kit.i18n import current_locale
from kit.i18n import lazy_gettext as _l
from kit.web.filters import money


class PlanForm(Form):
    """Which plan, paid by the month or the year, and how many seats beyond it."""

    price = ChoiceField(_l("Plan"), radio=True)
    extra_seats = IntegerField(
        _l("Further seats"),
        at_least=0,
        at_most=MOST_SEATS,
        default=0,
        help=_l("People who log in, beyond those of the plan."),
    )
    moment = HiddenTextField(length=40)

    def __init__(self, currency: str, *arguments: Any, **options: Any) -> None:
        """Offer what is sold in a currency."""
        super().__init__(*arguments, **options)
        self.price.refill(
            [
                (price.public_id, _words(price))
                for version in offered_versions()
                for price in version.prices
                if price.currency == currency
            ]
        )


def _words(price: PlanPrice) -> str:
    name = price.plan_version.plan.name(current_locale())
    amount = money(price.amount, price.currency)
    return f"{name} · {amount} {intervals()[Interval(price.interval)]}"


class GiveUpForm(Form):
    """Why the plan is given up, and one's own password."""

    reason = TextField(_l("Reason"), length=200, at_least=2)
    password = PasswordField(_l("Your password"), help=_l("To be sure that it is you."))
