"""Fields for numbers: exact, bounded, never floats."""

from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import wtforms
from wtforms import ValidationError

from kit.forms.texts import Options
from kit.i18n import gettext as _
from kit.money import Money, decimals
from kit.tenancy import current_or_none

_WIDE = str.maketrans("０１２３４５６７８９．－，", "0123456789.-,")


class _Number(Options, wtforms.Field):
    """What the number fields share: keep what was typed, check bounds."""

    widget = wtforms.widgets.TextInput()

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        **options: Any,
    ) -> None:
        self.at_least, self.at_most = at_least, at_most
        options["render_kw"] = {
            "inputmode": "decimal",
            "autocomplete": "off",
            "maxlength": 24,
            **(options.get("render_kw") or {}),
        }
        super().__init__(label, validators_, **options)

    @property
    def value(self) -> int:
        """The number, after validation of a required field."""
        assert self.data is not None
        return int(self.data)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            # Not on the page that was sent: what the record holds stays.
            return
        self.data = None
        typed = valuelist[0].translate(_WIDE).replace(",", "").strip()
        if typed:
            self.data = self.parse(typed)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is None:
            return
        if self.at_least is not None and self.data < self.at_least:
            raise ValidationError(_("At least %(bound)s.", bound=self.show(self.at_least)))
        if self.at_most is not None and self.data > self.at_most:
            raise ValidationError(_("At most %(bound)s.", bound=self.show(self.at_most)))

    @abstractmethod
    def show(self, data: int) -> str:
        """Return the data as it is typed."""

    @abstractmethod
    def parse(self, typed: str) -> int:
        """Return the data of what was typed; ValueError with a sentence when it makes none."""


class IntegerField(_Number):
    """A whole number."""

    def __init__(
        self, label: object = None, validators_: Sequence[Any] = (), **options: Any
    ) -> None:
        options.setdefault("at_most", 2**31 - 1)
        options["render_kw"] = {"inputmode": "numeric", **(options.get("render_kw") or {})}
        super().__init__(label, validators_, **options)

    def show(self, data: int) -> str:
        return str(data)

    def parse(self, typed: str) -> int:
        digits = typed.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
            raise ValueError(_("This is not a whole number."))
        return int(typed)


class MoneyField(_Number):
    """An amount, typed as 12.34; the data is whole minor units. Bounds are minor units too."""

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        currency: str | None = None,
        at_least: int | None = 0,
        **options: Any,
    ) -> None:
        workspace = current_or_none()
        self.currency = currency or (workspace.currency if workspace else "CNY")
        options.setdefault("at_most", 10**12)
        options.setdefault("suffix", self.currency)
        super().__init__(label, validators_, at_least=at_least, **options)

    def show(self, data: int) -> str:
        return f"{Money(int(data), self.currency).major:f}"

    def parse(self, typed: str) -> int:
        places = decimals(self.currency)
        try:
            major = _plain(typed)
            if -int(major.as_tuple().exponent) > places:
                raise ValueError(_("At most %(count)s decimals.", count=places))
            return Money.parse(typed, self.currency).minor
        except InvalidOperation:
            raise ValueError(_("This is not an amount.")) from None


class PercentField(_Number):
    """A percentage, typed as 12.5; the data is whole basis points (1250)."""

    def __init__(
        self,
        label: object = None,
        validators_: Sequence[Any] = (),
        *,
        at_least: int | None = 0,
        at_most: int | None = 10_000,
        **options: Any,
    ) -> None:
        options.setdefault("suffix", "%")
        super().__init__(label, validators_, at_least=at_least, at_most=at_most, **options)

    def show(self, data: int) -> str:
        text = f"{Decimal(int(data)).scaleb(-2):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def parse(self, typed: str) -> int:
        try:
            points = _plain(typed.removesuffix("%").strip()).scaleb(2)
        except InvalidOperation:
            raise ValueError(_("This is not a percentage.")) from None
        if points != points.to_integral_value():
            raise ValueError(_("At most %(count)s decimals.", count=2))
        return int(points)


def _plain(typed: str) -> Decimal:
    """Read digits with one point; Decimal alone would take "1e9", "NaN" and other scripts."""
    digits = typed.removeprefix("-").replace(".", "", 1)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise InvalidOperation
    return Decimal(typed)
