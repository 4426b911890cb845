"""Who takes payments, by name."""

from kit.errors import Misconfigured
from kit.payments.offline import Offline
from kit.payments.online import Stripe
from kit.payments.words import PaymentProvider

PROVIDERS: dict[str, type[Offline | Stripe]] = {Offline.code: Offline, Stripe.code: Stripe}


def provider_of(code: str, *, account: str = "") -> PaymentProvider:
    """Return a provider; `account` is the workspace's own at it, where it needs one."""
    kind = PROVIDERS.get(code)
    if kind is None:
        raise ValueError(f"there is no payment provider called {code}")
    if kind is Stripe and not account:
        raise Misconfigured("Payments through Stripe need the workspace's connected account.")
    return kind(account)
