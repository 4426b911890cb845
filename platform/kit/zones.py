"""Time zones to choose from: those of places, called as their readers call them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.core import Locale, get_global

from kit import clock
from kit.i18n import current_locale

USUAL = "Asia/Shanghai"
_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
    *("Indian", "Pacific"),
)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the zones that can be chosen: those of a place, and UTC."""
    found = (one for one in available_timezones() if one.partition("/")[0] in _REGIONS)
    return frozenset({*found, "UTC"})


def zone_choices() -> list[tuple[str, str]]:
    """Return every zone with its place and its distance from UTC now, in the order of distance."""
    now, places = clock.now(), Locale.parse(current_locale()).time_zones
    known = [(now.astimezone(ZoneInfo(name)), name) for name in zone_names()]
    known.sort(key=lambda one: (one[0].utcoffset(), one[1]))
    return [(name, f"UTC{local:%z} · {_place(name, places)}") for local, name in known]


def _place(name: str, places: Mapping[str, Any]) -> str:
    if name == "UTC":
        return name
    city = places.get(name, {}).get("city")
    return f"{city} ({name})" if city else name


def guess_zone(languages: Iterable[str]) -> str:
    """Return the zone of the first language's country where it has one; the usual one otherwise.

    `languages` are tags as a browser sends them, such as `en-SG`.
    """
    places = get_global("territory_zones")
    for language in languages:
        territory = language.replace("_", "-").rpartition("-")[2].upper()
        zones = [one for one in places.get(territory, ()) if one in zone_names()]
        if len(zones) == 1:
            return str(zones[0])
        if zones:
            return USUAL if USUAL in zones else "UTC"
    return USUAL
