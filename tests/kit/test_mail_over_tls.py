"""Mail over TLS: an unknown certificate is refused, whichever way the TLS begins."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit import clock, mail
from kit.settings import get_settings


class Inbox:
    """Who was written to."""

    def __init__(self) -> None:
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.simtree.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(params=["smtps", "smtp+tls"])
def inbox(
    request: pytest.FixtureRequest,
    app: object,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Inbox]:
    made = Inbox()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    way = "ssl_context" if request.param == "smtps" else "tls_context"
    options = {way: context, "require_starttls": request.param == "smtp+tls"}
    server = Controller(made, hostname="127.0.0.1", port=port, **options)
    server.start()
    monkeypatch.setenv("MAIL_URL", f"{request.param}://127.0.0.1:{port}")
    get_settings.cache_clear()
    yield made
    server.stop()
    monkeypatch.undo()
    get_settings.cache_clear()


def send(message_id: str = "m-1") -> None:
    mail.send("owner@acme.example.com", "欢迎", "你好", message_id=message_id)


def test_a_known_certificate_is_trusted(
    inbox: Inbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send()
    assert inbox.recipients == ["owner@acme.example.com"]


def test_an_unknown_certificate_gets_no_mail(inbox: Inbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        send()
    assert inbox.recipients == []
