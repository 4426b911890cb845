"""Sets of rows for statements that take many at once: documents, arrays, and public ids."""

import base64
import json
import secrets
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, Text, any_, bindparam
from sqlalchemy.orm import Session

from kit import ids
from kit.db import TenantModel

_R = TypeVar("_R")
_BATCH = 20_000
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_OURS = bytes.maketrans(_BASE32, b"0123456789abcdefghjkmnpqrstvwxyz")


def records(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> BindParameter[Any]:
    """Return a parameter for json_to_recordset.

    One document, because the driver escapes each text of an array by itself, ten times slower.
    """
    document = [dict(zip(columns, row, strict=True)) for row in rows]
    return bindparam(name, json.dumps(document, default=str, ensure_ascii=False), type_=Text)


def texts(name: str, values: Sequence[str]) -> BindParameter[Any]:
    """Return a parameter that is an array of texts."""
    return bindparam(name, list(values), type_=ARRAY(Text))


def numbers(name: str, values: Sequence[int]) -> BindParameter[Any]:
    """Return a parameter that is an array of whole numbers."""
    return bindparam(name, list(values), type_=ARRAY(BigInteger))


def any_of(values: Sequence[int]) -> ColumnElement[Any]:
    """Return what a column equals when it is one of the values: one parameter, however many."""
    return any_(bindparam(None, list(values), type_=ARRAY(BigInteger)))


def public_ids(count: int) -> list[str]:
    """Return many fresh identifiers of the form of kit.ids, made at once."""
    prefix = ids.new()[:10]
    noise = base64.b32encode(secrets.token_bytes(10 * count)).translate(_OURS).decode()
    return [prefix + noise[start : start + 16] for start in range(0, 16 * count, 16)]


def batches(rows: Sequence[_R]) -> Iterator[Sequence[_R]]:
    """Yield a large set in parts, so that no single statement runs into its time limit."""
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]


def forget(session: Session, model: type[TenantModel], row_ids: Container[int]) -> None:
    """Let rows that the session has read be read again, after a statement changed them."""
    for row in list(session.identity_map.values()):
        if isinstance(row, model) and row.id in row_ids:
            session.expire(row)
