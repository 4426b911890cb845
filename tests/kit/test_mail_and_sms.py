"""Mail and texts leave outside transactions, once for each id, by files or a real server."""

import os
import shutil
import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from kit import clock, mail, sms
from kit.db import control_transaction, transaction
from kit.errors import Misconfigured
from kit.settings import get_settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_messages(app, data_dir: str) -> None:
    shutil.rmtree(Path(data_dir) / "messages", ignore_errors=True)


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def do(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    yield do
    monkeypatch.undo()
    get_settings.cache_clear()


def send_mail(message_id: str = "m-1", subject: str = "欢迎", body: str = "你好，王小树") -> None:
    mail.send("owner@acme.example.com", subject, body, message_id=message_id)


def test_mail_is_kept_in_files():
    with clock.moved(NOON):
        send_mail()
    assert mail.kept() == [
        mail.Message(
            "mail", "owner@acme.example.com", "欢迎", "你好，王小树", NOON.isoformat(), "m-1"
        )
    ]


def test_a_text_is_kept_in_files():
    with clock.moved(NOON):
        sms.send("+8613900139000", "验证码 123456", message_id="s-1")
    assert mail.kept() == [
        mail.Message("sms", "+8613900139000", "", "验证码 123456", NOON.isoformat(), "s-1")
    ]


def test_nothing_sent_is_nothing_kept():
    assert mail.kept() == []


def test_the_same_id_is_kept_once():
    send_mail()
    send_mail(body="again")
    assert [message.body for message in mail.kept()] == ["again"]


def test_the_newest_come_first_and_few(data_dir):
    for number in range(4):
        send_mail(f"m-{number}")
        path = Path(data_dir) / "messages" / f"m-{number}.json"
        at = (NOON + timedelta(seconds=number)).timestamp()
        os.utime(path, (at, at))
    assert [message.message_id for message in mail.kept(limit=2)] == ["m-3", "m-2"]


def test_an_id_is_never_a_path(data_dir):
    send_mail("../../out/../x")
    assert [path.parent.name for path in Path(data_dir).rglob("*.json")] == ["messages"]
    assert [message.message_id for message in mail.kept()] == ["../../out/../x"]


@pytest.mark.parametrize(
    "send", [send_mail, lambda: sms.send("+8613900139000", "x", message_id="s")]
)
@pytest.mark.parametrize("opened", [transaction, control_transaction])
def test_nothing_leaves_while_a_transaction_is_open(in_acme, send, opened):
    with opened(), pytest.raises(RuntimeError, match="while a transaction is open"):
        send()
    assert mail.kept() == []


def test_a_provider_that_nobody_wrote_is_named(configure):
    configure(SMS_URL="pigeon://coop")
    with pytest.raises(Misconfigured, match="SMS_URL names no provider: pigeon"):
        sms.send("+8613900139000", "x", message_id="s-1")
    assert mail.kept() == []


class Inbox:
    """What a real server was handed."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        if b"refuse" in (envelope.content or b""):
            return "550 we do not want it"
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def mails(self) -> list[Message]:
        return [
            message_from_bytes(envelope.content or b"", EmailMessage, policy=default)
            for envelope in self.envelopes
        ]


def authenticate(
    server: object, session: object, envelope: object, way: str, data: object
) -> AuthResult:
    return AuthResult(handled=False, success=data == LoginPassword(b"shu@tree", b"p:w/d"))


@pytest.fixture
def inbox(configure) -> Iterator[Inbox]:
    made = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(
        made,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_require_tls=False,
    )
    server.start()
    configure(
        MAIL_URL=f"smtp://shu%40tree:p%3Aw%2Fd@127.0.0.1:{port}",
        MAIL_FROM="号树 <no-reply@simtree.test>",
    )
    yield made
    server.stop()


def test_a_real_server_gets_the_whole_mail(inbox):
    with clock.moved(NOON):
        send_mail()
    (envelope,), (received,) = inbox.envelopes, inbox.mails
    assert envelope.rcpt_tos == ["owner@acme.example.com"]
    assert envelope.mail_from == "no-reply@simtree.test"
    assert received["Subject"] == "欢迎"
    assert received["From"] == "号树 <no-reply@simtree.test>"
    assert received["Message-ID"] == "<m-1@simtree.test>"
    assert received["Date"] == "Sun, 01 Mar 2026 12:00:00 -0000"
    assert received.get_content().strip() == "你好，王小树"
    assert mail.kept() == []


def test_files_go_along_with_their_names(inbox):
    attached = [mail.Attachment("发票.ofd", "application/ofd", b"PK\x03\x04")]
    mail.send("cw@acme.example.com", "发票", "见附件", message_id="m-2", attachments=attached)
    (received,) = inbox.mails
    (part,) = received.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("发票.ofd", "application/ofd")
    assert part.get_content() == b"PK\x03\x04"
    assert received.get_body().get_content().strip() == "见附件"


def test_a_repeated_mail_has_the_same_id(inbox):
    send_mail()
    send_mail()
    assert [received["Message-ID"] for received in inbox.mails] == ["<m-1@simtree.test>"] * 2


def test_a_subject_cannot_add_headers(inbox):
    with pytest.raises(ValueError, match="linefeed"):
        send_mail(subject="Hello\nBcc: everyone@example.com")
    assert inbox.envelopes == []


def test_a_servers_refusal_reaches_the_job(inbox):
    with pytest.raises(smtplib.SMTPDataError, match="we do not want it"):
        send_mail(body="refuse")
    assert inbox.envelopes == []


def test_a_wrong_password_reaches_the_job(inbox, configure):
    configure(MAIL_URL=get_settings().mail_url.replace("p%3Aw%2Fd", "wrong"))
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send_mail()
    assert inbox.envelopes == []
