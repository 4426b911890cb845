"""One key, one deed: the answer is kept and given again to the same request."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from infra.stripe_server.faults import ApiError, Body
from infra.stripe_server.store import Store

Answer: TypeAlias = tuple[int, Body]
KIND = "_idempotency"
LIFETIME = 24 * 3_600
LONGEST = 255
_under_way: set[tuple[str, str]] = set()


@dataclass
class Claim:
    """The right to answer for a key; with an answer there is nothing left to do."""

    answer: Answer | None = None


@contextmanager
def claimed(store: Store, account: str, key: str, whole: str) -> Iterator[Claim]:
    """Hold a key while its request is answered, and keep the answer.

    The request that a refusal of its parameters stopped before it began may be sent again.
    """
    if len(key) > LONGEST:
        raise ApiError(
            f"Idempotency key is too long: {len(key)}; at most {LONGEST}", kind="idempotency_error"
        )
    print_of_it = hashlib.sha256(whole.encode()).hexdigest()
    with store.lock:
        known = store.kind(account, KIND).get(key)
        if known is not None and known["at"] < time.time() - LIFETIME:
            known = None
        if known is not None and known["print"] != print_of_it:
            raise ApiError(
                f"Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind="idempotency_error",
            )
        if known is not None:
            answer: Answer = known["status"], known["body"]
        elif (account, key) in _under_way:
            raise ApiError(
                f"There is currently another in-progress request using this Idempotent Key "
                f"(that probably means you submitted twice, and the other request is still going "
                f"through): {key}. Please try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        else:
            _under_way.add((account, key))
    if known is not None:
        yield Claim(answer)
        return
    claim = Claim()
    try:
        yield claim
    finally:
        with store.lock:
            _under_way.discard((account, key))
            if claim.answer is not None and not _never_began(claim.answer):
                status, body = claim.answer
                kept = {"print": print_of_it, "status": status, "body": body, "at": time.time()}
                store.apply(account, {(KIND, key): kept}, set())


def _never_began(answer: Answer) -> bool:
    code = str(answer[1].get("error", {}).get("code", ""))
    return code.startswith("parameter_")
