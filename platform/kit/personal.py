"""Normal forms and masks of personal data, so that equal things are stored equal.

Sources: Unicode NFKC for width variants, E.164 for phone numbers, GB 11643 for the resident
identity number (its check digit is verified by callers that must), RFC 5321 for mail addresses.
"""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

REGION = "CN"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def plain(text: str) -> str:
    """Return a text in NFKC with single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())


def phone_number(text: str) -> str:
    """Return a phone number in E.164, of China where no country is given; ValueError if none."""
    if _MOBILE.fullmatch(text):
        # What the library would make of it, for a fiftieth of the time.
        return f"+86{text}"
    try:
        number = phonenumbers.parse(plain(text), REGION)
    except phonenumbers.NumberParseException:
        raise ValueError(text) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """Return a number in E.164 as people at home write it: without +86."""
    return number.removeprefix("+86")


def email_address(text: str) -> str:
    """Return a mail address in lower case; ValueError if it is none. The DNS is not asked."""
    try:
        checked = validate_email(plain(text), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError(text) from None
    return checked.normalized.casefold()


def document_number(text: str) -> str:
    """Return a document number in capitals without separators."""
    return re.sub(r"[\s\-]", "", plain(text)).upper()


def mask_phone(number: str) -> str:
    """Return 138****1234."""
    shown = national(number)
    return f"{shown[:3]}****{shown[-4:]}" if len(shown) >= 8 else "****"


def mask_document(number: str) -> str:
    """Return the first three and last two characters of a document number."""
    return f"{number[:3]}{'*' * 8}{number[-2:]}" if len(number) >= 8 else "****"


def mask_account(number: str) -> str:
    """Return the last four digits of a bank account."""
    return f"****{number[-4:]}" if len(number) >= 8 else ("****" if number else "")


def mask_name(name: str) -> str:
    """Return the first character of a name and stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def mask_address(address: str) -> str:
    """Return the beginning of an address (province and city) and stars."""
    return f"{address[:6]}****" if address else ""


def mask_email(address: str) -> str:
    """Return a***@example.com."""
    name, _, host = address.partition("@")
    return f"{name[:1]}***@{host}" if host else "****"
