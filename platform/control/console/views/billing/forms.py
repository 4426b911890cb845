"""The forms of the billing pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from control.billing.coupons import MOST_MONTHS
from control.billing.features import FEATURES, Feature
from control.billing.labels import COUNTED, intervals
from control.billing.limits import Counted, Limit
from control.billing.models import Interval
from control.billing.planning import CURRENCIES, Content, PlanNames, Price
from control.billing.standing import DunningSchedule
from control.billing.trials import MOST_DAYS
from kit.errors import Refused
from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Form,
    IntegerField,
    Line,
    LinesField,
    MoneyField,
    PasswordField,
    TextAreaField,
    TextField,
)
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
_KINDS = (
    ("hard", _l("More is refused")),
    ("soft", _l("Work goes on, more is charged")),
)


class PlanForm(Form):
    """How a plan is called and where it stands."""

    name_zh = TextField(_l("Name in Chinese"), length=40)
    name_en = TextField(_l("Name in English"), length=40)
    summary_zh = TextField(_l("Sentence in Chinese"), length=200, required=False, wide=True)
    summary_en = TextField(_l("Sentence in English"), length=200, required=False, wide=True)
    position = IntegerField(
        _l("Place on the price page"),
        at_least=0,
        at_most=10_000,
        default=100,
        help=_l("The plan with the lowest comes first, and is what a trial gets that chose none."),
    )
    is_offered = CheckField(_l("Offered: on the price page, and can be bought"), default=True)

    def names(self) -> PlanNames:
        """Return what was typed."""
        return PlanNames(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            summary_zh=self.summary_zh.data or "",
            summary_en=self.summary_en.data or "",
            position=self.position.value,
            is_offered=bool(self.is_offered.data),
        )


class NewPlanForm(PlanForm):
    """The same, and the code that stays."""

    code = TextField(
        _l("Code of the plan"),
        length=30,
        help=_l("2 to 30 small letters, digits, “-” or “_”. It stays."),
        render_kw=_CODE,
    )


class _InCurrency(Line):
    """A line whose amounts are in the currency that is chosen in it."""

    def process(
        self, formdata: Any = None, obj: Any = None, data: Any = None, *rest: Any, **more: Any
    ) -> None:
        """Tell the fields of amounts their currency before they read what was typed."""
        currency = (data or {}).get("currency") or more.get("currency")
        if formdata is not None:
            currency = formdata.get(f"{self._prefix}currency") or currency
        for field in self:
            if isinstance(field, MoneyField):
                field.currency = currency if currency in CURRENCIES else CURRENCIES[0]
        super().process(formdata, obj, data, *rest, **more)


def _currencies() -> list[tuple[str, str]]:
    return [(one, one) for one in CURRENCIES]


def _intervals() -> list[tuple[str, str]]:
    return [(interval.value, str(words)) for interval, words in intervals().items()]


def _counted() -> list[tuple[str, object]]:
    return [(one.value, COUNTED[one]) for one in Counted]


class PriceLine(_InCurrency):
    """What a version costs in one currency for one interval."""

    currency = ChoiceField(_l("Currency"), _currencies, required=False)
    interval = ChoiceField(_l("For how long"), _intervals, required=False)
    amount = MoneyField(_l("Price, tax included"), required=False, suffix="")
    seat_amount = MoneyField(_l("Each further seat"), required=False, suffix="")


class LimitLine(Line):
    """How much of something is included, and what happens beyond it."""

    counted = ChoiceField(_l("What is counted"), _counted, required=False)
    included = IntegerField(_l("Included"), required=False, at_least=0, at_most=10**12)
    kind = ChoiceField(_l("Beyond it"), _KINDS, required=False, default="hard")
    per = IntegerField(_l("Charged for each"), required=False, at_least=1, at_most=10**9)


class BeyondLine(_InCurrency):
    """What the use beyond a soft limit costs in one currency."""

    counted = ChoiceField(_l("What is counted"), _counted, required=False)
    currency = ChoiceField(_l("Currency"), _currencies, required=False)
    amount = MoneyField(_l("Costs"), required=False, suffix="")


class VersionForm(Form):
    """What a version contains."""

    trial_days = IntegerField(
        _l("Days of the trial"),
        at_least=0,
        at_most=MOST_DAYS,
        help=_l("For who signs up to try this plan; the price page says so."),
    )
    features = ChoicesField(
        _l("Features"),
        lambda: [(one.value, FEATURES[one]) for one in Feature],
        required=False,
    )
    prices = LinesField(
        _l("Prices"),
        line=PriceLine,
        at_most=20,
        add=_l("Add a price"),
        help=_l("The first currency is the usual one. Without a price for seats no more are sold."),
    )
    limits = LinesField(
        _l("Limits"),
        line=LimitLine,
        at_most=len(Counted),
        add=_l("Add a limit"),
        help=_l("What is not listed has no limit. Room for files is counted in megabytes."),
    )
    beyond = LinesField(
        _l("Charges beyond soft limits"),
        line=BeyondLine,
        at_most=40,
        add=_l("Add a charge"),
        help=_l("For each begun number that the limit names; nothing where none is given."),
    )

    def content(self) -> Content:
        """Return what was typed; Refused names the field of a line that is not complete."""
        limits = self._limits()
        return Content(
            trial_days=self.trial_days.value,
            limits=limits,
            features=tuple(self.features.data or ()),
            prices=self._prices(),
        )

    def _prices(self) -> Sequence[Price]:
        found = []
        for place, line in enumerate(self.prices.lines):
            typed = line.data
            if typed["amount"] is None and typed["seat_amount"] is None:
                continue
            _need(typed, f"prices-{place}", "currency", "interval", "amount")
            found.append(
                Price(
                    typed["currency"],
                    Interval(typed["interval"]),
                    typed["amount"],
                    typed["seat_amount"],
                )
            )
        return tuple(found)

    def _limits(self) -> Mapping[Counted, Limit]:
        charges = self._charges()
        found: dict[Counted, Limit] = {}
        for place, line in enumerate(self.limits.lines):
            typed = line.data
            if not typed["counted"] and typed["included"] is None:
                continue
            _need(typed, f"limits-{place}", "counted", "included")
            counted = Counted(typed["counted"])
            if counted in found:
                raise Refused(
                    _("This is limited in another line already."), field=f"limits-{place}-counted"
                )
            is_hard = typed["kind"] != "soft"
            amounts = {} if is_hard else charges.get(counted, {})
            found[counted] = Limit(typed["included"], is_hard, typed["per"] or 1, amounts)
        for place, line in enumerate(self.beyond.lines):
            counted = line.data["counted"]
            if counted and (counted not in found or found[Counted(counted)].is_hard):
                raise Refused(
                    _("Only what has a soft limit can be charged beyond it."),
                    field=f"beyond-{place}-counted",
                )
        return found

    def _charges(self) -> Mapping[Counted, Mapping[str, int]]:
        found: dict[Counted, dict[str, int]] = {}
        for place, line in enumerate(self.beyond.lines):
            typed = line.data
            if not typed["counted"] and typed["amount"] is None:
                continue
            _need(typed, f"beyond-{place}", "counted", "currency", "amount")
            amounts = found.setdefault(Counted(typed["counted"]), {})
            if typed["currency"] in amounts:
                raise Refused(
                    _("There is a charge for this in this currency already."),
                    field=f"beyond-{place}-currency",
                )
            amounts[typed["currency"]] = typed["amount"]
        return found


def _need(typed: Mapping[str, Any], line: str, *names: str) -> None:
    for name in names:
        if typed[name] is None or typed[name] == "":
            raise Refused(_("Please fill this in."), field=f"{line}-{name}")


def as_lines(content: Content) -> dict[str, Any]:
    """Return what a version contains as the form shows it."""
    limited = {counted: one for counted, one in content.limits.items() if one.included is not None}
    return {
        "trial_days": content.trial_days,
        "features": list(content.features),
        "prices": [
            {
                "currency": one.currency,
                "interval": one.interval.value,
                "amount": one.amount,
                "seat_amount": one.seat_amount,
            }
            for one in content.prices
        ],
        "limits": [
            {
                "counted": counted.value,
                "included": one.included,
                "kind": "hard" if one.is_hard else "soft",
                "per": one.per,
            }
            for counted, one in limited.items()
        ],
        "beyond": [
            {"counted": counted.value, "currency": currency, "amount": amount}
            for counted, one in limited.items()
            for currency, amount in one.amounts.items()
        ],
    }


class CouponForm(Form):
    """A reduction that people get for a code."""

    code = TextField(
        _l("Code of the coupon"),
        length=30,
        help=_l("What people type: 3 to 30 letters, digits or “-”."),
        render_kw={**_CODE, "autocapitalize": "characters"},
    )
    kind = ChoiceField(
        _l("Reduction"),
        (("percent", _l("Per cent")), ("amount", _l("Amount"))),
        radio=True,
        default="percent",
    )
    percent = IntegerField(
        _l("Per cent off"), at_least=1, at_most=100, suffix="%", only_when=("kind", ("percent",))
    )
    currency = ChoiceField(_l("Currency"), _currencies, only_when=("kind", ("amount",)))
    amount = MoneyField(_l("Amount off"), at_least=1, suffix="", only_when=("kind", ("amount",)))
    months = IntegerField(
        _l("For how many months"),
        required=False,
        at_least=1,
        at_most=MOST_MONTHS,
        help=_l("Empty: for ever."),
    )
    is_once = CheckField(_l("For the first invoice alone"))
    is_first_only = CheckField(_l("Only for who has never paid"))
    most_uses = IntegerField(
        _l("At most so many uses"), required=False, at_least=1, help=_l("Empty: without limit.")
    )
    ends_at = DateTimeField(_l("Can be used until"), required=False)

    def process(self, formdata: Any = None, *rest: Any, **more: Any) -> None:
        """Tell the amount its currency before it reads what was typed."""
        formdata = self.meta.wrap_formdata(self, formdata)
        chosen = formdata.get("currency") if formdata else None
        self.amount.currency = chosen if chosen in CURRENCIES else CURRENCIES[0]
        super().process(formdata, *rest, **more)


class ScheduleForm(Form):
    """The days of dunning."""

    retry_days = TextField(
        _l("Days between charges of the card"),
        length=60,
        help=_l(
            "Such as 1, 1, 8, 6. Stripe charges by its own settings: enter the same days there."
        ),
    )
    notice_days = IntegerField(_l("Notice after days"), at_least=1)
    read_only_days = IntegerField(_l("Read-only after days"), at_least=1)
    suspend_days = IntegerField(_l("Suspended after days"), at_least=1)
    keep_days = IntegerField(
        _l("Nothing is deleted for days"), at_least=1, at_most=3_650, help=_l("From then on.")
    )

    def schedule(self) -> DunningSchedule:
        """Return what was typed; Refused when the days between charges are no numbers."""
        typed = (self.retry_days.data or "").replace("，", ",").replace("、", ",").split(",")
        gaps = [one.strip() for one in typed if one.strip()]
        if not all(one.isascii() and one.isdigit() and len(one) < 4 for one in gaps):
            raise Refused(
                _("Days between charges are numbers from 1 to 30, such as 1, 1, 8, 6."),
                field="retry_days",
            )
        return DunningSchedule(
            retry_days=tuple(int(one) for one in gaps),
            notice_days=self.notice_days.value,
            read_only_days=self.read_only_days.value,
            suspend_days=self.suspend_days.value,
            keep_days=self.keep_days.value,
        )


class TrialForm(Form):
    """By how many days a trial is extended, and why."""

    days = IntegerField(_l("Days more"), at_least=1, at_most=MOST_DAYS, default=14)
    reason = TextAreaField(_l("Reason"), length=500)


def own_password() -> PasswordField:
    """Return the field for the operator's own password, which moving money asks for."""
    return PasswordField(_l("Your own password"), render_kw={"autocomplete": "current-password"})


class VoidForm(Form):
    """Why an invoice counts as never issued, and the operator's own password."""

    reason = TextAreaField(_l("Reason"), length=500)
    own = own_password()


class WaiveForm(Form):
    """Why a charge is let off, and the operator's own password."""

    reason = TextAreaField(_l("Reason"), length=500, help=_l("Only operators read it."))
    own = own_password()


class TakeBackForm(Form):
    """How much of an invoice is taken back, why, and the operator's own password."""

    amount = MoneyField(_l("Amount"), at_least=1)
    reason = TextAreaField(
        _l("Reason"), length=500, help=_l("The customer reads it on the credit note.")
    )
    own = own_password()

    def __init__(self, currency: str, most: int, *arguments: Any, **options: Any) -> None:
        self._currency, self._most = currency, most
        super().__init__(*arguments, **options)

    def process(self, formdata: Any = None, *rest: Any, **more: Any) -> None:
        """Tell the amount its currency and what is left, before it reads what was typed."""
        self.amount.currency = self.amount.suffix = self._currency
        self.amount.at_most = self._most
        super().process(formdata, *rest, **more)
