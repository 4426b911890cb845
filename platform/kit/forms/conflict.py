"""An edit that meets somebody else's, field by field.

A form that changes a record carries a digest of each value it was opened with. When the record has
been changed since, a field that this person left alone takes the other's value; one that both
changed keeps what was typed and says what the other made of it. Digests are keyed: a page must not
give away the personal data that it masks.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from flask import current_app
from wtforms import Field, HiddenField

from kit.i18n import gettext as _

_LONGEST = 20_000


class OpenedField(HiddenField):
    """What the shown fields held when the form was opened, as a digest for each."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.beside: list[Field] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist and len(valuelist[0]) <= _LONGEST else None

    def digests(self) -> dict[str, str]:
        """Return the digests that came with the form; none from one that was tampered with."""
        try:
            sent = json.loads(self.data or "{}")
        except ValueError:
            return {}
        return sent if isinstance(sent, dict) else {}

    def open_anew(self) -> None:
        """Take what is stored now for what the form was opened with."""
        self.data = self.raw_data = None

    def _value(self) -> str:
        if self.data:
            return str(self.data)
        return json.dumps(
            {one.short_name: digest(one, one.stored) for one in comparable(self.beside)},
            separators=(",", ":"),
        )


def comparable(fields: Iterable[Field]) -> list[Field]:
    """Return the fields whose stored value can be compared with what is typed."""
    return [
        one
        for one in fields
        if hasattr(one, "stored")
        and not one.readonly
        and not one.type.endswith(("FileField", "PasswordField"))
    ]


def digest(field: Field, value: object) -> str:
    """Return a keyed digest of a field's value; nothing and an empty text are the same."""
    if isinstance(value, list | tuple | set | frozenset):
        value = sorted(str(one) for one in value)
    nothing = value is None or value is False or value in ("", [])
    plain = "" if nothing else repr(value)
    key = str(current_app.secret_key).encode()
    told = hmac.digest(key, f"opened\0{field.name}\0{plain}".encode(), hashlib.sha256)
    return urlsafe_b64encode(told[:9]).decode()


def settle(opened: OpenedField) -> bool:
    """Take over what others changed alone, mark what both changed; whether there was anything."""
    was = opened.digests()
    found = False
    for field in comparable(opened.beside):
        before = was.get(field.short_name)
        theirs, mine = digest(field, field.stored), digest(field, field.data)
        if theirs in {before, mine}:
            continue
        if field.personal and not field.data:
            # Left empty by somebody who may not see it: what is there stays.
            continue
        found = True
        if mine == before:
            field.raw_data = None
            field.process(None, field.object_data)
            field.errors = (_("Somebody else has changed this; it is up to date now."),)
        else:
            field.errors = (*field.errors, _sentence(field))
    return found


def _sentence(field: Field) -> str:
    if field.personal:
        return str(_("Somebody else has changed this, too. If you save, yours stands."))
    field.theirs = json.dumps(_sent(field))
    return str(
        _(
            "Somebody else has made it “%(value)s” meanwhile. If you save, yours stands.",
            value=_read(field),
        )
    )


def _sent(field: Field) -> list[str]:
    """Return what the browser would send for the stored value."""
    if field.type == "CheckField":
        return ["y"] if field.stored else []
    if field.type in {"ChoicesField", "LookUpsField"}:
        return [str(one) for one in field.stored or ()]
    if field.type in {"ChoiceField", "LookUpField"}:
        return [str(field.stored or "")]
    typed = field.data, field.raw_data
    field.data, field.raw_data = field.stored, None
    try:
        return [str(field._value())]  # noqa: SLF001 - WTForms' own way to write a value
    finally:
        field.data, field.raw_data = typed


def _read(field: Field) -> str:
    """Return the stored value as a person reads it."""
    if field.type == "CheckField":
        return str(_("Yes") if field.stored else _("No"))
    sent = _sent(field)
    labels = {str(one.value): str(one.label) for one in getattr(field, "choices", None) or ()}
    return "、".join(labels.get(one, one) for one in sent if one) or str(_("(empty)"))
