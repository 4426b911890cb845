"""Links by which one operator looks at one scan of a transfer, for some minutes."""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from control.verification.papers import LINK_FOR
from kit.settings import get_settings


def signed(proof_id: str, *, reader: str) -> str:
    """Return a token by which one person may look at one scan for some minutes."""
    return str(_signer().dumps([proof_id, reader]))


def read(token: str, *, reader: str) -> str | None:
    """Return the proof behind a token; None when it is forged, too old or another's."""
    try:
        proof_id, whose = _signer().loads(token, max_age=int(LINK_FOR.total_seconds()))
    except BadSignature:
        return None
    return str(proof_id) if whose == reader else None


def _signer() -> URLSafeTimedSerializer:
    # The salt is the audience: nothing else that we sign leads to a scan.
    return URLSafeTimedSerializer(
        get_settings().secret_key.get_secret_value(), salt="simtree transfer"
    )
