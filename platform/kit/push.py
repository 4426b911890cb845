"""Messages to WeChat official accounts and to the robots of WeCom, DingTalk and Feishu.

Each way has a provider, chosen by its setting; in development, files that the console shows.
Called from jobs only: never while a transaction is open.
"""

from typing import Protocol
from urllib.parse import urlsplit

from kit import mail
from kit.db import in_transaction
from kit.errors import Misconfigured
from kit.settings import get_settings

WAYS = ("wechat", "wecom", "dingtalk", "feishu")


class Provider(Protocol):
    """What a messenger must do for us."""

    def send(self, way: str, recipient: str, title: str, text: str, *, message_id: str) -> None:
        """Hand one message over; the same message id is sent once."""


class Files:
    """Keeps messages where the development console shows them."""

    def send(self, way: str, recipient: str, title: str, text: str, *, message_id: str) -> None:
        mail.keep(way, recipient, title, text, message_id=message_id)


PROVIDERS: dict[str, type[Provider]] = {"files": Files}


def send(way: str, recipient: str, title: str, text: str, *, message_id: str) -> None:
    """Send a message by a way; what the provider raises is for the job to try again."""
    if in_transaction():
        raise RuntimeError("no message while a transaction is open")
    if way not in WAYS:
        raise ValueError(f"there is no way called {way}")
    scheme = urlsplit(getattr(get_settings(), f"{way}_url")).scheme
    provider = PROVIDERS.get(scheme)
    if provider is None:
        name = f"{way}_url".upper()
        raise Misconfigured(f"The environment variable {name} names no provider: {scheme}.")
    provider().send(way, recipient, title, text, message_id=message_id)
