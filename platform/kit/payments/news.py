"""Who is told of workspaces' own payments: their orders, once there are any."""

from collections.abc import Callable

from kit.payments.words import PaymentNews

Reader = Callable[[PaymentNews], bool]
"""Takes up news of a payment; False when it knows no such payment.

It is called in background work outside any transaction, and perhaps more than once with the same
`event`, which makes its work happen once. It asks the provider itself how the payment stands.
"""

_readers: list[Reader] = []


def read_by(reader: Reader) -> Reader:
    """Have a function read the news of workspaces' own payments; there is one such function."""
    if _readers:
        raise ValueError("somebody reads the news of payments already")
    _readers.append(reader)
    return reader


def reader_now() -> Reader | None:
    """Return who reads the news, None while nobody does: they are kept until then."""
    return _readers[0] if _readers else None
