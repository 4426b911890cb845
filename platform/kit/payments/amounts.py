"""Our minor units and Stripe's: they differ in currencies that have no cents, or three digits."""

from kit.money import Money, decimals

_NONE = frozenset({
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
})  # fmt: skip
_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def stripe_decimals(currency: str) -> int:
    """Return how many decimals Stripe counts in a currency."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def to_stripe(amount: Money) -> int:
    """Return an amount in Stripe's minor units; ValueError where it has none so small."""
    ours, theirs = decimals(amount.currency), stripe_decimals(amount.currency)
    if ours <= theirs:
        return int(amount.minor * 10 ** (theirs - ours))
    scaled, rest = divmod(amount.minor, int(10 ** (ours - theirs)))
    if rest:
        raise ValueError(f"{amount.currency} has no amounts that small")
    return scaled


def from_stripe(minor: int, currency: str) -> Money:
    """Return an amount of Stripe's in our minor units; ValueError where we have none so small."""
    name = currency.upper()
    ours, theirs = decimals(name), stripe_decimals(name)
    if ours >= theirs:
        return Money(minor * 10 ** (ours - theirs), name)
    scaled, rest = divmod(minor, 10 ** (theirs - ours))
    if rest:
        raise ValueError(f"{name} has no amounts that small")
    return Money(scaled, name)
