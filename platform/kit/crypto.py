"""Personal data at rest: AES-256-GCM under a key of the workspace, bound to its place.

The associated data is `workspace|table.column|public_id`, so a ciphertext copied to another row,
column or workspace does not open. A data key per workspace is wrapped by a master key
(RFC 5116 AEAD both times); two keys for encryption and for the blind index are derived from it
(RFC 5869 HKDF). Destroying the wrapped keys of a workspace shreds all its personal data.

Labels that start with "control." belong to the control plane, whose keys come from the master key.

Stored form: one byte of format, two of key version, twelve of nonce, then ciphertext and tag.
"""

import base64
import hashlib
import hmac
import os
import struct
import threading
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit import tenancy
from kit.settings import get_settings

CONTROL = "control."
_FORMAT = 1
_NONCE = 12
_TAG = 16
_HEADER = struct.Struct(">BH")
_WRAPPED = struct.Struct(">BI")
_BODY = _HEADER.size + _NONCE


class Undecipherable(Exception):
    """The ciphertext does not open here: another place's, another key's, or damaged."""


def new_wrapped_key(schema: str) -> bytes:
    """Return a fresh data key for a workspace, wrapped by the newest master key."""
    masters = get_settings().master_keys
    version = max(masters)
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_master(version)).encrypt(nonce, os.urandom(32), schema.encode())
    return _WRAPPED.pack(_FORMAT, version) + nonce + sealed


def opens(schema: str, wrapped: bytes) -> bool:
    """Tell whether a wrapped key of a workspace opens with the master keys at hand."""
    try:
        _derived(schema, wrapped)
    except Undecipherable:
        return False
    return True


def _master(version: int) -> bytes:
    key = get_settings().master_keys.get(version)
    if key is None:
        raise Undecipherable(f"master key {version} is not configured")
    return base64.b64decode(key.get_secret_value())


@lru_cache(maxsize=4_096)
def _derived(schema: str, wrapped: bytes) -> tuple[AESGCM, bytes]:
    """Return the cipher and the index key behind a wrapped data key."""
    if len(wrapped) < _WRAPPED.size + _NONCE + _TAG:
        raise Undecipherable("the workspace's key is cut off")
    form, master = _WRAPPED.unpack_from(wrapped)
    if form != _FORMAT:
        raise Undecipherable("unknown key format")
    body = wrapped[_WRAPPED.size :]
    try:
        data = AESGCM(_master(master)).decrypt(body[:_NONCE], body[_NONCE:], schema.encode())
    except InvalidTag:
        raise Undecipherable("the workspace's key does not open") from None

    def derive(purpose: bytes) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(data)

    return AESGCM(derive(b"simtree field encryption")), derive(b"simtree blind index")


@lru_cache(maxsize=16)
def _control(version: int) -> tuple[AESGCM, bytes]:
    """Return the control plane's own cipher and index key, derived from a master key."""

    def derive(purpose: bytes) -> bytes:
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"control", info=purpose)
        return kdf.derive(_master(version))

    return AESGCM(derive(b"simtree field encryption")), derive(b"simtree blind index")


def _key(label: str, version: int | None = None) -> tuple[int, AESGCM, bytes]:
    if label.startswith(CONTROL):
        chosen = max(get_settings().master_keys) if version is None else version
        return chosen, *_control(chosen)
    workspace = tenancy.current()
    if _at_hand.workspace is not workspace:
        _at_hand.workspace, _at_hand.keys = workspace, {}
    found = _at_hand.keys.get(version)
    if found is None:
        found = _at_hand.keys[version] = _of_workspace(workspace, version)
    return found


class _AtHand(threading.local):
    """The keys of the workspace that this thread has open: asked for by every field shown."""

    workspace: tenancy.Workspace | None = None
    keys: dict[int | None, tuple[int, AESGCM, bytes]]


_at_hand = _AtHand()


def _of_workspace(workspace: tenancy.Workspace, version: int | None) -> tuple[int, AESGCM, bytes]:
    """Return one of a workspace's keys, the newest unless told."""
    keys = dict(workspace.keys)
    if not keys:
        raise Undecipherable("the workspace has no keys")
    chosen = max(keys) if version is None else version
    if chosen not in keys:
        raise Undecipherable(f"key {chosen} of the workspace is gone")
    return chosen, *_derived(workspace.schema, keys[chosen])


def _versions(label: str) -> list[int]:
    keys = get_settings().master_keys if label.startswith(CONTROL) else dict(tenancy.current().keys)
    return sorted(keys, reverse=True)


def _bound_to(label: str, public_id: str) -> bytes:
    if label.startswith(CONTROL):
        return f"{label}|{public_id}".encode()
    return f"{tenancy.current().schema}|{label}|{public_id}".encode()


def encrypt(text: str, *, label: str, public_id: str) -> bytes:
    """Encrypt a text for one place: `label` is table.column, `public_id` the row's."""
    version, cipher, _ = _key(label)
    nonce = os.urandom(_NONCE)
    sealed = cipher.encrypt(nonce, text.encode(), _bound_to(label, public_id))
    return _HEADER.pack(_FORMAT, version) + nonce + sealed


def encrypt_many(texts: Sequence[str], *, label: str, public_ids: Sequence[str]) -> list[bytes]:
    """Encrypt many texts of one column, each for its row, as `encrypt` does one by one."""
    version, cipher, _ = _key(label)
    header = _HEADER.pack(_FORMAT, version)
    nonces = os.urandom(_NONCE * len(texts))
    bound = _bound_to(label, "")
    seal = cipher.encrypt
    found = []
    at = 0
    for text, public_id in zip(texts, public_ids, strict=True):
        nonce = nonces[at : at + _NONCE]
        at += _NONCE
        found.append(header + nonce + seal(nonce, text.encode(), bound + public_id.encode()))
    return found


def decrypt_many(stored: Sequence[bytes], *, label: str, public_ids: Sequence[str]) -> list[str]:
    """Return the texts of many ciphertexts of one column; Undecipherable as `decrypt`."""
    ciphers: dict[bytes, AESGCM] = {}
    bound = _bound_to(label, "")
    found = []
    for sealed, public_id in zip(stored, public_ids, strict=True):
        header = sealed[: _HEADER.size]
        cipher = ciphers.get(header)
        if cipher is None:
            # The first of each key version goes the usual way, with all that it refuses.
            found.append(decrypt(sealed, label=label, public_id=public_id))
            ciphers[header] = _key(label, _HEADER.unpack(header)[1])[1]
            continue
        try:
            opened = cipher.decrypt(
                sealed[_HEADER.size : _BODY], sealed[_BODY:], bound + public_id.encode()
            )
        except InvalidTag:
            raise Undecipherable("bound to another place") from None
        found.append(opened.decode())
    return found


def decrypt(stored: bytes, *, label: str, public_id: str) -> str:
    """Return the text of `encrypt`; Undecipherable in any other place or workspace."""
    if len(stored) < _HEADER.size + _NONCE + _TAG:
        raise Undecipherable("cut off")
    form, version = _HEADER.unpack_from(stored)
    if form != _FORMAT:
        raise Undecipherable("unknown format")
    _, cipher, _ = _key(label, version)
    try:
        opened = cipher.decrypt(
            stored[_HEADER.size : _BODY], stored[_BODY:], _bound_to(label, public_id)
        )
    except InvalidTag:
        raise Undecipherable("bound to another place") from None
    return opened.decode()


def blind_index(text: str, *, label: str) -> str:
    """Return `version:hmac`, equal for equal normalised texts in one column of one workspace."""
    version, _, index_key = _key(label)
    return _index(version, index_key, text, label)


def blind_indexes(text: str, *, label: str) -> list[str]:
    """Return the index under every live key version, newest first."""
    return [_index(version, _key(label, version)[2], text, label) for version in _versions(label)]


def blind_indexes_many(texts: Sequence[str], *, label: str) -> list[list[str]]:
    """Return for each text its index under every live key version, newest first."""
    keys = [(version, _key(label, version)[2]) for version in _versions(label)]
    digest, encode = hmac.digest, base64.urlsafe_b64encode
    return [
        [
            f"{version}:{encode(digest(key, f'{label}|{text}'.encode(), 'sha256')[:18]).decode()}"
            for version, key in keys
        ]
        for text in texts
    ]


def _index(version: int, key: bytes, text: str, label: str) -> str:
    digest = hmac.digest(key, f"{label}|{text}".encode(), "sha256")
    return f"{version}:{base64.urlsafe_b64encode(digest[:18]).decode()}"


def digest(token: str) -> str:
    """Return what is stored of a random token (a session, a link): its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()
