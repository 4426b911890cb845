"""Premium numbers: named patterns of a number's end, and which one a number is sold by.

A shape names equal digits by equal letters, in order of appearance, and different letters stand
for different digits; a run climbs or falls by one. Of all that fit, the longest wins, and among
equally long ones the most valuable.
"""

from dataclasses import dataclass
from enum import StrEnum

_CLIMB = "01234567890"
_FALL = _CLIMB[::-1]


class NumberClass(StrEnum):
    """Whether a number is sold as something special."""

    ORDINARY = "ordinary"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named pattern and its length; `is_run` for climbing and falling ones."""

    name: str
    is_run: bool = False

    @property
    def length(self) -> int:
        return len(self.name)


# The most valuable first.
PATTERNS = (
    Pattern("AAAAAAAA"),
    Pattern("ABCDEFGH", is_run=True),
    Pattern("HGFEDCBA", is_run=True),
    Pattern("AAAABBBB"),
    Pattern("ABCDABCD"),
    Pattern("ABABABAB"),
    Pattern("AABBCCDD"),
    Pattern("AAAAAAA"),
    Pattern("ABCDEFG", is_run=True),
    Pattern("GFEDCBA", is_run=True),
    Pattern("AAAAAA"),
    Pattern("ABCDEF", is_run=True),
    Pattern("FEDCBA", is_run=True),
    Pattern("AAABBB"),
    Pattern("ABABAB"),
    Pattern("ABCABC"),
    Pattern("AABBCC"),
    Pattern("AAAAAB"),
    Pattern("AAAAA"),
    Pattern("ABCDE", is_run=True),
    Pattern("EDCBA", is_run=True),
    Pattern("AABBB"),
    Pattern("AAABB"),
    Pattern("AAAAB"),
    Pattern("AAAA"),
    Pattern("ABCD", is_run=True),
    Pattern("DCBA", is_run=True),
    Pattern("AABB"),
    Pattern("ABAB"),
    Pattern("AAAB"),
    Pattern("ABBA"),
    Pattern("AAA"),
)
VALUE = {pattern.name: rank for rank, pattern in enumerate(reversed(PATTERNS), start=1)}
_SHAPES = {
    tuple(map(pattern.name.index, pattern.name)): pattern.name
    for pattern in PATTERNS
    if not pattern.is_run
}
_RUNS = {
    (pattern.length, pattern.name[0] == "A"): pattern.name for pattern in PATTERNS if pattern.is_run
}
_LONGEST = max(pattern.length for pattern in PATTERNS)


def _fits(end: str) -> str:
    """Return the most valuable pattern that these digits are, "" for none.

    Two texts are of one shape when each character first occurs at the same place in both.
    """
    fit = _SHAPES.get(tuple(map(end.index, end)), "")
    if end in _CLIMB or end in _FALL:
        run = _RUNS.get((len(end), end in _CLIMB), "")
        return max(fit, run, key=lambda name: VALUE.get(name, 0))
    return fit


def pattern_of(msisdn: str) -> str:
    """Return the name of the pattern a number is sold by, "" for an ordinary one.

    The network prefix never takes part, and IoT numbers have no beauty.
    """
    if len(msisdn) != 11:
        return ""
    for length in range(_LONGEST, 2, -1):
        if found := _fits(msisdn[-length:]):
            return found
    return ""


def class_of(pattern: str) -> NumberClass:
    """Return the class that goes with a pattern."""
    return NumberClass.PREMIUM if pattern else NumberClass.ORDINARY
