"""How processes that run for ever are told to end."""

import signal
from collections.abc import Callable


def until_told() -> Callable[[], bool]:
    """Return a question that becomes true at SIGTERM or SIGINT: the work in hand is finished."""
    told = False

    def tell(*_: object) -> None:
        nonlocal told
        told = True

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return lambda: told
