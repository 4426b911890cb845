"""The order in which people expect names: Chinese ones by their sound."""

from functools import cache, lru_cache
from typing import Any


def sort_key(text: str) -> str:
    """Return what a name is sorted by: pinyin without tones, in lower case.

    Stored beside the name, because not every PostgreSQL of ours has ICU.
    """
    if text.isascii():
        return text.lower()
    return "".join(_reader().lazy_pinyin(text)).lower()


@cache
def _reader() -> Any:
    """Return pypinyin's reader, which cuts a text into words; their sounds it looks up once each.

    A name is two or three words, nearly always ones that many have: of 100,000 names that are
    brought in together hardly any has a new one.
    """
    # Its tables take a tenth of every start of a process, and most processes sort nothing.
    from pypinyin.converter import UltimateConverter
    from pypinyin.core import Pinyin

    class Remembering(UltimateConverter):  # type: ignore[misc, unused-ignore]
        convert = lru_cache(maxsize=16_384)(UltimateConverter.convert)

    return Pinyin(Remembering())
