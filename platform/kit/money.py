"""Money: whole minor units with a currency, never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

_DECIMALS = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "JPY": 0}


def decimals(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217; two when unknown to us)."""
    return _DECIMALS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents) of one currency.

    Adding or ordering two currencies raises ValueError.
    """

    minor: int
    currency: str = "CNY"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: "Money") -> bool:
        return other < self

    def __ge__(self, other: "Money") -> bool:
        return other <= self

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def major(self) -> Decimal:
        """The amount in major units (yuan), exact."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    @classmethod
    def parse(cls, text: str, currency: str = "CNY") -> Self:
        """Read major units such as "12.34"; ValueError when it is not exact in minor units."""
        try:
            major = Decimal(text.strip().replace(",", "").replace("，", ""))
        except InvalidOperation:
            raise ValueError(text) from None
        # First the size and the digits: scaling is exact in 28 digits and overflows beyond.
        if not major.is_finite() or major.adjusted() > 17 or len(major.as_tuple().digits) > 28:
            raise ValueError(text)
        minor = major.scaleb(decimals(currency))
        if minor != minor.to_integral_value() or abs(minor) >= 10**17:
            raise ValueError(text)
        return cls(int(minor), currency)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split minor units by weights so that the parts add up exactly to the total.

    Largest remainder; a tie goes to the earlier part. ValueError for no or negative weights.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be positive")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index)
    )
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def basis_points(amount: int, rate: int) -> int:
    """Return `rate` hundredths of a per cent of an amount, rounded half away from zero."""
    scaled = abs(amount) * rate
    rounded = (scaled + 5_000) // 10_000
    return rounded if amount >= 0 else -rounded
