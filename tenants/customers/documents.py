"""Checking documents: resident identity numbers (GB 11643) and unified social credit codes.

The first six digits of a resident number, the area, are not looked up: areas are renamed and
newly assigned faster than any list of them.
"""

import re
from dataclasses import dataclass
from datetime import date

import stdnum.cn.ric
import stdnum.cn.uscc

from kit import clock, i18n
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import document_number
from tenants.customers.models import CustomerKind, DocumentKind

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_OTHER = re.compile(r"[0-9A-Z()/]{4,30}")
_OF_BODIES = frozenset({DocumentKind.BUSINESS_LICENCE, DocumentKind.OTHER})
EARLIEST = date(1900, 1, 1)


@dataclass(slots=True)  # Not frozen: an import makes them by the hundred thousand.
class Document:
    """A document number in its normal form, and the birth date where it holds one."""

    number: str
    born_on: date | None = None


def check_document(kind: DocumentKind, text: str, *, of: CustomerKind) -> Document:
    """Return a document in its normal form; Refused with the reason when it cannot be right."""
    is_body = of != CustomerKind.PERSON
    if is_body and kind not in _OF_BODIES:
        raise Refused(
            _("An enterprise or a government body is known by its licence."),
            field="document_kind",
        )
    if not is_body and kind == DocumentKind.BUSINESS_LICENCE:
        raise Refused(_("A person has no business licence."), field="document_kind")
    # Typed as it should be, as most are in a file of 100,000, it is in its normal form already.
    number = text if _RESIDENT.fullmatch(text) else document_number(text)
    if kind == DocumentKind.RESIDENT_ID:
        return Document(number, _birth_date(number))
    if kind == DocumentKind.BUSINESS_LICENCE:
        if not stdnum.cn.uscc.is_valid(number):
            raise Refused(
                _("This is not a unified social credit code: 18 characters with a check digit."),
                field="document",
            )
    elif not _OTHER.fullmatch(number):
        raise Refused(_("A document number has 4 to 30 letters and digits."), field="document")
    return Document(number)


def _birth_date(number: str) -> date:
    if not _RESIDENT.fullmatch(number):
        raise Refused(
            _("A resident identity number has 17 digits and a digit or X."), field="document"
        )
    if stdnum.cn.ric.calc_check_digit(number) != number[-1]:
        raise Refused(
            _("The check digit of this identity number is wrong; please type it again."),
            field="document",
        )
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born_on = None
    if born_on is None or born_on < EARLIEST or not _has_come(born_on):
        raise Refused(_("This identity number holds no possible birth date."), field="document")
    return born_on


def _has_come(day: date) -> bool:
    """Tell whether a day is today or past in the workspace's zone."""
    now = clock.now()
    # A year that is over in UTC has ended everywhere, but for its very last day at most.
    return day.year < now.year or day <= now.astimezone(i18n.timezone()).date()


def age_on(born_on: date, day: date) -> int:
    """Return the full years between a birth date and a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
