"""Messages to WeChat official accounts and to the robots of WeCom, DingTalk and Feishu.

Each way has a provider, chosen by its setting: the platform's own address, or, in development,
files that the console shows. Called from jobs only: never while a transaction is open.
"""

from typing import Protocol
from urllib.parse import urlsplit

from kit import mail
from kit.db import in_transaction
from kit.errors import Misconfigured
from kit.push.calling import Rejected, Unanswered, base_of
from kit.push.robots import DingTalk, Feishu, WeCom
from kit.push.wechat import WeChat
from kit.push.words import NOBODY, Credentials
from kit.settings import get_settings

WAYS = ("wechat", "wecom", "dingtalk", "feishu")

__all__ = ["NOBODY", "WAYS", "Credentials", "Rejected", "Unanswered", "send"]


class Provider(Protocol):
    """What a messenger must do for us."""

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Hand one message over; Rejected when it is not taken, Unanswered when nobody knows."""


PLATFORMS: dict[str, type[WeCom | DingTalk | Feishu | WeChat]] = {
    "wechat": WeChat,
    "wecom": WeCom,
    "dingtalk": DingTalk,
    "feishu": Feishu,
}


class Files:
    """Keeps messages where the development console shows them."""

    def __init__(self, way: str) -> None:
        self.way = way

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        del credentials
        mail.keep(self.way, recipient, title, text, message_id=message_id)


def send(
    way: str,
    recipient: str,
    title: str,
    text: str,
    *,
    message_id: str,
    credentials: Credentials = NOBODY,
) -> None:
    """Send a message by a way; Rejected is final, anything else is for the job to try again."""
    if in_transaction():
        raise RuntimeError("no message while a transaction is open")
    if way not in WAYS:
        raise ValueError(f"there is no way called {way}")
    provider_of(way).send(recipient, title, text, message_id=message_id, credentials=credentials)


def provider_of(way: str) -> Provider:
    """Return the provider of a way; Misconfigured when its setting names none."""
    url: str = getattr(get_settings(), f"{way}_url")
    if urlsplit(url).scheme == "files":
        return Files(way)
    platform = PLATFORMS[way]
    base = base_of(url, platform.HOST)
    if base is None:
        raise Misconfigured(
            f"The environment variable {way.upper()}_URL names no provider: files: or "
            f"https://{platform.HOST}."
        )
    return platform(base)
