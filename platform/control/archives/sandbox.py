"""Replace people by made-up ones: the same text becomes the same text, wherever it stands.

Each rule makes something of the right shape; none can be undone: the key is made for one copy and
thrown away. What must be unique stays so. Phone numbers begin with 12, a block that is assigned to
nobody, so that nothing sent from a sandbox reaches a person.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import stdnum.cn.ric

from control.plane import TenantPlane
from kit import ids
from kit.sorting import sort_key

PEOPLE = "users"
"""The table whose first active person keeps name, log-in and password: the owner's sandbox."""

DROP = "drop"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁晨曦嘉木知远若溪思源文博子涵雨桐明轩一诺书瑶景行云帆清和"


class Replacer:
    """Replaces the rows of one copy."""

    def __init__(self, plane: TenantPlane) -> None:
        self._key = os.urandom(32)
        self._dropped = {name for name, rule in plane.personal.items() if rule == DROP}
        self._rules: dict[str, list[tuple[str, str]]] = {}
        for place, rule in plane.personal.items():
            table, dot, column = place.partition(".")
            if dot:
                self._rules.setdefault(table, []).append((column, rule))
        self._given: dict[str, dict[bytes, str]] = {}
        self._taken: dict[str, set[str]] = {}
        self._has_owner = False

    def change(self, table: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return a row with everybody in it replaced; None when its table is left empty."""
        if table in self._dropped:
            return None
        if table == PEOPLE and not self._has_owner and row.get("is_active"):
            self._has_owner = True
            return row
        for column, rule in self._rules.get(table, ()):
            # A revision before this release may not have the column yet.
            if column in row:
                row[column] = RULES[rule](self, row[column], row)
        return row

    def bits(self, text: str, purpose: str) -> int:
        """Return a number that only this copy's key gives for a text."""
        digest = hmac.new(self._key, f"{purpose}|{text}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest, "big")

    def unique(self, text: str, purpose: str, make: Callable[[int], str]) -> str:
        """Return what `make` makes of a text: another for every text, the same for the same."""
        given = self._given.setdefault(purpose, {})
        taken = self._taken.setdefault(purpose, set())
        place = hashlib.blake2b(text.encode(), key=self._key, digest_size=16).digest()
        if place not in given:
            attempt = 0
            while (made := make(self.bits(f"{attempt}|{text}", purpose))) in taken:
                attempt += 1
            taken.add(made)
            given[place] = made
        return given[place]


def _person(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    if not value:
        return value
    bits = replacer.bits(value, "person")
    return (
        _SURNAMES[bits % len(_SURNAMES)]
        + _GIVEN[bits // 100 % len(_GIVEN)]
        + _GIVEN[bits // 10_000 % len(_GIVEN)]
    )


def _title(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return (
        replacer.unique(value, "title", lambda bits: f"示例{bits % 10**8:08}") if value else value
    )


def _company(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return f"示例公司{replacer.bits(value, 'company') % 10**6:06}" if value else value


def _sort_key(_: Replacer, __: Any, row: Mapping[str, Any]) -> Any:
    # The name stands before its sort key among the rules, so it has been replaced by now.
    return sort_key(row["name"]).casefold()[:200]


def _phone(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    if not value:
        return value
    return replacer.unique(value, "phone", lambda bits: f"+8612{bits % 10**9:09}")


def _document(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    if not value:
        return value
    if len(value) == 18 and value[:17].isdigit():
        return replacer.unique(value, "resident", _resident)
    return replacer.unique(value, "document", lambda bits: f"SAMPLE{bits % 10**10:010}")


def _resident(bits: int) -> str:
    born = date(1960, 1, 1) + timedelta(days=bits % 14_600)
    # 99 is no province: the number has the right shape and can be nobody's.
    number = f"99{bits // 10**6 % 10_000:04}{born:%Y%m%d}{bits // 10**12 % 1_000:03}"
    return f"{number}{stdnum.cn.ric.calc_check_digit(number + '0')}"


def _address(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return f"示例路{replacer.bits(value, 'address') % 9_999 + 1}号" if value else value


def _email(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return f"{replacer.bits(value, 'email') % 16**12:012x}@example.invalid" if value else value


def _username(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return f"user_{replacer.bits(value.casefold(), 'username') % 16**12:012x}" if value else value


def _reference(replacer: Replacer, value: Any, _: Mapping[str, Any]) -> Any:
    return f"REF{replacer.bits(value, 'reference') % 10**10:010}" if value else value


def _words(_: Replacer, value: Any, __: Mapping[str, Any]) -> Any:
    # Some of them must not be empty, such as why a commission was refused.
    return "示例" if value else value


def _empty(_: Replacer, value: Any, __: Mapping[str, Any]) -> Any:
    return None if value is None else type(value)()


def _names(replacer: Replacer, value: Any, row: Mapping[str, Any]) -> Any:
    """Replace the names of channels at any depth; a product's name stands beside its code."""
    if isinstance(value, dict):
        return {
            key: _title(replacer, one, row)
            if key == "name" and "code" not in value
            else _names(replacer, one, row)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_names(replacer, one, row) for one in value]
    return value


RULES: Mapping[str, Callable[[Replacer, Any, Mapping[str, Any]], Any]] = {
    "person": _person,
    "title": _title,
    "company": _company,
    "sort key": _sort_key,
    "phone": _phone,
    "document": _document,
    "address": _address,
    "email": _email,
    "username": _username,
    "reference": _reference,
    "words": _words,
    "empty": _empty,
    "names": _names,
    "nothing": lambda *_: None,
    "off": lambda *_: False,
    "no file": lambda *_: ids.new(),
}
