"""Sets of rows for statements that take many at once: arrays for unnest, and their public ids."""

import base64
import secrets
from collections.abc import Container, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, Date, Text, any_, bindparam
from sqlalchemy.orm import Session

from kit import ids
from kit.db import TenantModel

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_OURS = bytes.maketrans(_BASE32, b"0123456789abcdefghjkmnpqrstvwxyz")


def texts(name: str, values: Sequence[str | None]) -> BindParameter[Any]:
    """Return a parameter that is an array of texts."""
    return bindparam(name, list(values), type_=ARRAY(Text))


def numbers(name: str, values: Sequence[int | None]) -> BindParameter[Any]:
    """Return a parameter that is an array of whole numbers."""
    return bindparam(name, list(values), type_=ARRAY(BigInteger))


def dates(name: str, values: Sequence[date | None]) -> BindParameter[Any]:
    """Return a parameter that is an array of dates."""
    return bindparam(name, list(values), type_=ARRAY(Date))


def any_of(values: Sequence[int]) -> ColumnElement[Any]:
    """Return what a column equals when it is one of the values: one parameter, however many."""
    return any_(bindparam(None, list(values), type_=ARRAY(BigInteger)))


def public_ids(count: int) -> list[str]:
    """Return many fresh identifiers of the form of kit.ids, made at once."""
    prefix = ids.new()[:10]
    noise = base64.b32encode(secrets.token_bytes(10 * count)).translate(_OURS).decode()
    return [prefix + noise[start : start + 16] for start in range(0, 16 * count, 16)]


def forget(session: Session, model: type[TenantModel], row_ids: Container[int]) -> None:
    """Let rows that the session has read be read again, after a statement changed them."""
    for row in list(session.identity_map.values()):
        if isinstance(row, model) and row.id in row_ids:
            session.expire(row)
