"""Passkeys (WebAuthn level 2): what a browser is asked for, and whether its answer is right."""

from collections.abc import Sequence
from typing import NamedTuple

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LONGEST_ANSWER = 16_384


class Site(NamedTuple):
    """The host that a passkey is good for, and the address that the browser must stand at."""

    host: str
    origin: str


class Made(NamedTuple):
    """A passkey that was just made: its id, its public half and its counter."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: list[str]


def _known(credential_ids: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in credential_ids]


def asked_to_make(
    *, site: Site, company: str, challenge: str, key: str, username: str, known: Sequence[str]
) -> str:
    """Return what `navigator.credentials.create` gets, as JSON; `key` names the person inside."""
    return options_to_json(
        generate_registration_options(
            rp_id=site.host,
            rp_name=company,
            user_id=key.encode(),
            user_name=username,
            challenge=base64url_to_bytes(challenge),
            exclude_credentials=_known(known),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
    )


def asked_to_sign(*, site: Site, challenge: str, known: Sequence[str]) -> str:
    """Return what `navigator.credentials.get` gets, as JSON."""
    return options_to_json(
        generate_authentication_options(
            rp_id=site.host,
            challenge=base64url_to_bytes(challenge),
            allow_credentials=_known(known),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
    )


def made(answer: str, *, site: Site, challenge: str) -> Made | None:
    """Return the passkey of an answer to `asked_to_make`; None when the answer is not right."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        credential = parse_registration_credential_json(answer)
        found = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    return Made(
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
        [one.value for one in credential.response.transports or ()],
    )


def credential_of(answer: str) -> str | None:
    """Return the id of the passkey that an answer claims to be of; nothing is proved by it."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        return bytes_to_base64url(parse_authentication_credential_json(answer).raw_id)
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None


def signed_count(answer: str, *, site: Site, challenge: str, public_key: str) -> int | None:
    """Return the counter of a right answer to `asked_to_sign`; None when the answer is not right.

    Whether the counter went on is the caller's to judge, once the signature is known to be right.
    """
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            # The library would refuse a counter that went back before it looks at the signature.
            credential_current_sign_count=-1,
        ).new_sign_count
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
