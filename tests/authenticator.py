"""A passkey in software: what a browser and a security key answer, made from its own key."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One credential; `count` goes on with each signature, as that of a key does."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.count = 0

    def make(self, options: str, **changed: Any) -> str:
        """Answer what `navigator.credentials.create` was asked."""
        asked = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = encode_cbor(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        credential = (
            bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + public
        )
        data = self._data(asked["rp"]["id"], 0x41) + credential
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], **changed)
        return self._answer(
            clientDataJSON=_text(client),
            attestationObject=_text(attestation),
            transports=["usb"],
        )

    def sign(self, options: str, **changed: Any) -> str:
        """Answer what `navigator.credentials.get` was asked."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], 0x01)
        client = self._client("webauthn.get", asked["challenge"], **changed)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=_text(client),
            authenticatorData=_text(data),
            signature=_text(signature),
            userHandle=None,
        )

    def _data(self, host: str, flags: int) -> bytes:
        return (
            hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        )

    def _client(self, kind: str, asked: str, **changed: Any) -> bytes:
        said = {"type": kind, "challenge": asked, "origin": self.origin, **changed}
        return json.dumps(said).encode()

    def _answer(self, **response: Any) -> str:
        name = _text(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "clientExtensionResults": {},
                "response": response,
            }
        )
