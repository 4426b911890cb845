"""SMS through a provider; in development, files that the console shows."""

from typing import Protocol
from urllib.parse import urlsplit

from kit import mail
from kit.db import in_transaction
from kit.errors import Misconfigured
from kit.settings import get_settings


class Provider(Protocol):
    """What an SMS gateway must do for us."""

    def send(self, recipient: str, text: str, *, message_id: str) -> None:
        """Hand one text to the gateway; the same message id is sent once."""


class Files:
    """Keeps texts where the development console shows them."""

    def send(self, recipient: str, text: str, *, message_id: str) -> None:
        mail.keep("sms", recipient, "", text, message_id=message_id)


PROVIDERS: dict[str, type[Provider]] = {"files": Files}


def send(recipient: str, text: str, *, message_id: str) -> None:
    """Send a text to a number in E.164; called from jobs, never in a transaction."""
    if in_transaction():
        raise RuntimeError("no SMS while a transaction is open")
    scheme = urlsplit(get_settings().sms_url).scheme
    provider = PROVIDERS.get(scheme)
    if provider is None:
        raise Misconfigured(f"The environment variable SMS_URL names no provider: {scheme}.")
    provider().send(recipient, text, message_id=message_id)
