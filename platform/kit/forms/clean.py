"""What may be in a text that a person typed.

Refused rather than removed: a text that changes silently is a text that nobody typed.
"""

import unicodedata

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = frozenset("\n\t")


def normalise(text: str, *, lines: bool = False) -> str:
    """Return a text in NFC, without surrounding space; line ends become a single newline."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if lines:
        return "\n".join(line.rstrip() for line in text.split("\n")).strip()
    return text.strip()


def has_control(text: str, *, lines: bool = False) -> bool:
    """Tell whether a text holds NUL or another control character."""
    allowed = _LINES if lines else frozenset()
    return any(unicodedata.category(one) in {"Cc", "Cs"} and one not in allowed for one in text)


def has_bidi_override(text: str) -> bool:
    """Tell whether a text could show itself in another order than it is stored."""
    return any(one in _BIDI for one in text)


def searchable(text: str, length: int = 60) -> str:
    """Return a text to look for: trimmed, cut, and without what a database could not hold."""
    kept = "".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cs"})
    return normalise(kept)[:length].strip()


def visible(text: str) -> str:
    """Return a text with a mark in place of each control character, to show where it is."""
    return "".join(
        "\ufffd" if unicodedata.category(one) in {"Cc", "Cs"} and one not in _LINES else one
        for one in text
    )
