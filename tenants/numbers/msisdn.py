"""How a number is written, shown and taken apart for searching."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-()·.]+")
_VALID = re.compile(r"1[0-9]{10}(?:[0-9]{2})?")
_ICCID = re.compile(r"89[0-9]{16}[0-9A-Z]{1,2}")
IOT_LENGTH = 13


def normalise(text: str) -> str:
    """Return a number as 11 digits, or 13 for IoT; ValueError if it is none."""
    if _VALID.fullmatch(text):
        return text
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).removeprefix("+")
    if len(plain) in {13, 15} and plain.startswith("861"):
        plain = plain[2:]
    if not _VALID.fullmatch(plain):
        raise ValueError(text)
    return plain


def normalise_iccid(text: str) -> str:
    """Return an ICCID as 19 or 20 characters (ITU-T E.118); ValueError if it is none."""
    if _ICCID.fullmatch(text):
        return text
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _ICCID.fullmatch(plain):
        raise ValueError(text)
    return plain


def shown(msisdn: str) -> str:
    """Return a number as people read it: 138 0013 8000, IoT ones 1440 0000 00000."""
    if len(msisdn) == IOT_LENGTH:
        return f"{msisdn[:4]} {msisdn[4:8]} {msisdn[8:]}"
    return f"{msisdn[:3]} {msisdn[3:7]} {msisdn[7:]}"


def tail(msisdn: str) -> str:
    """Return the last four digits, which have an index of their own."""
    return msisdn[-4:]


def bigrams(digits: str) -> list[str]:
    """Return the pairs of neighbouring digits, each once."""
    return sorted({digits[at : at + 2] for at in range(len(digits) - 1)})


def has_four(msisdn: str) -> bool:
    """Tell whether a number holds the digit that many customers avoid."""
    return "4" in msisdn
