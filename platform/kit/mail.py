"""Mail: SMTP, or files that the development console shows.

Called from jobs only: never while a transaction is open. The Message-ID is made of the job's id,
so that a mail sent twice is shown once by the reader's mail program.
"""

import json
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from kit import clock
from kit.db import in_transaction
from kit.settings import get_settings

TIMEOUT = 20
"""Seconds that a mail server may take for each answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that left: shown by the development console."""

    way: str
    recipient: str
    subject: str
    body: str
    sent_at: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along with a mail."""

    name: str
    media_type: str
    content: bytes


def send(
    recipient: str,
    subject: str,
    body: str,
    *,
    message_id: str,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Send a plain-text mail; smtplib's exceptions are for the job to retry."""
    if in_transaction():
        raise RuntimeError("no mail while a transaction is open")
    settings = get_settings()
    target = urlsplit(settings.mail_url)
    if target.scheme == "files":
        names = "".join(f"\n[{one.name}]" for one in attachments)
        keep("mail", recipient, subject, body + names, message_id=message_id)
        return
    mail = EmailMessage()
    mail["From"] = settings.mail_from
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Date"] = formatdate(clock.now().timestamp())
    mail["Message-ID"] = f"<{message_id}@{settings.base_domain.partition(':')[0]}>"
    mail.set_content(body)
    for one in attachments:
        kind, _sign, rest = one.media_type.partition("/")
        mail.add_attachment(one.content, maintype=kind, subtype=rest, filename=one.name)
    with _connect(target) as server:
        if target.username:
            server.login(unquote(target.username), unquote(target.password or ""))
        server.send_message(mail)


def _connect(target: SplitResult) -> smtplib.SMTP:
    """Open the way that the scheme names; TLS means a certificate that is known."""
    host, port = target.hostname or "127.0.0.1", target.port or 0
    # smtplib by itself trusts any certificate: whoever is in between would read the log-in.
    trusted = ssl.create_default_context()
    if target.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=trusted)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    if target.scheme == "smtp+tls":
        try:
            server.starttls(context=trusted)
        except BaseException:
            server.close()
            raise
    return server


def keep(way: str, recipient: str, subject: str, body: str, *, message_id: str) -> None:
    """Write a message where the development console shows it; the same id once."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    message = Message(way, recipient, subject, body, clock.now().isoformat(), message_id)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in message_id)
    (folder / f"{name}.json").write_text(json.dumps(asdict(message), ensure_ascii=False))


def kept(limit: int = 100) -> list[Message]:
    """Return the newest messages kept for the development console."""
    folder = _folder()
    if not folder.is_dir():
        return []
    newest = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [Message(**json.loads(path.read_text())) for path in newest[:limit]]


def _folder() -> Path:
    return get_settings().data_dir / "messages"
