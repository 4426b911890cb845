"""Forms about the plan."""

from collections.abc import Sequence
from typing import Any

from control.billing.labels import intervals
from control.billing.models import Interval, PlanPrice, PlanVersion
from control.billing.online.checkout import MOST_SEATS
from control.billing.plans import offered_versions, sold_currencies
from control.verification.papers import EXTENSIONS, MEGABYTES
from kit import clock
from kit.errors import Refused
from kit.forms import (
    ChoiceField,
    DateField,
    FileField,
    Form,
    HiddenTextField,
    IntegerField,
    MoneyField,
    PasswordField,
    TextField,
)
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web.filters import money
from tenants.billing.services import TooMuch

CARD, TRANSFER = "card", "transfer"


class PlanForm(Form):
    """Which plan, paid by the month or the year and in which way, and how many seats beyond it."""

    price = ChoiceField(_l("Plan"), radio=True)
    extra_seats = IntegerField(
        _l("Further seats"),
        at_least=0,
        at_most=MOST_SEATS,
        default=0,
        help=_l("People who log in, beyond those of the plan."),
    )
    way = ChoiceField(
        _l("How it is paid"),
        [
            (CARD, _l("By card, on Stripe's page")),
            (TRANSFER, _l("By bank transfer, for an invoice")),
        ],
        radio=True,
        default=CARD,
    )
    code = TextField(
        _l("Promotion code"),
        length=30,
        required=False,
        help=_l("If you have one. It is used when you order, and shown in what it costs."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    moment = HiddenTextField(length=40)

    def __init__(
        self,
        currency: str,
        *arguments: Any,
        both_ways: bool = False,
        has: PlanVersion | None = None,
        with_code: bool = False,
        **options: Any,
    ) -> None:
        """Offer what is sold in a currency, and the ways of paying where there are several.

        The version that one `has` can be kept, also when another one is sold by now.
        A promotion code is asked for where a plan is bought by transfer, not where it is changed.
        """
        super().__init__(*arguments, **options)
        self.too_much: Sequence[str] = ()
        if not both_ways:
            del self.way
        versions = list(offered_versions())
        is_old = has is not None and has.id not in {version.id for version in versions}
        if has is not None and is_old:
            versions.insert(0, has)
        if not with_code:
            del self.code
        elif both_ways:
            self.code.help = _l("For payment by transfer. By card, you type it on Stripe's page.")
        self.price.refill(
            [
                (price.public_id, _words(price, is_old=is_old and version is has))
                for version in versions
                for price in version.prices
                if price.currency == currency
            ]
        )

    def refuse(self, refusal: Refused) -> None:
        """Keep the list of what is beyond a plan apart from the sentence, to be shown as one."""
        if isinstance(refusal, TooMuch):
            self.too_much = refusal.listed
        super().refuse(refusal)


def _words(price: PlanPrice, *, is_old: bool) -> str:
    name = price.plan_version.plan.name(current_locale())
    amount = money(price.amount, price.currency)
    words = f"{name} · {amount} {intervals()[Interval(price.interval)]}"
    if not is_old:
        return words
    return str(_("%(plan)s (as you have bought it; not sold any more)", plan=words))


class CurrencyForm(Form):
    """In which currency a workspace pays."""

    currency = ChoiceField(
        _l("Currency"),
        help=_l(
            "Of our invoices; your own prices stay as they are. It stays once you have bought."
        ),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.currency.refill([(one, one) for one in sold_currencies()])


class ProofForm(Form):
    """That an invoice was paid: how much, when, by whom, and the bank's receipt."""

    amount = MoneyField(_l("Amount that you transferred"), at_least=1)
    paid_on = DateField(_l("Day on which you paid"), default=clock.today)
    payer_name = TextField(
        _l("Name of the paying account"),
        length=120,
        required=False,
        help=_l("If it is not the company that the invoice goes to."),
    )
    scan = FileField(
        _l("The bank's receipt"),
        extensions=EXTENSIONS,
        megabytes=MEGABYTES,
        help=_l("A PNG or JPEG picture or a PDF, up to 10 MB."),
    )

    def __init__(self, currency: str, *arguments: Any, **options: Any) -> None:
        self._currency = currency
        super().__init__(*arguments, **options)

    def process(self, formdata: Any = None, *rest: Any, **more: Any) -> None:
        """Tell the amount its currency before it reads what was typed."""
        self.amount.currency = self.amount.suffix = self._currency
        super().process(formdata, *rest, **more)


class GiveUpForm(Form):
    """Why the plan is given up, and one's own password."""

    reason = TextField(_l("Reason"), length=200, at_least=2)
    password = PasswordField(_l("Your password"), help=_l("To be sure that it is you."))
