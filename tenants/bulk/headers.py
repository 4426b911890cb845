"""Which column of a file is which of ours."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import force_locale

from kit.errors import Refused
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from tenants.bulk.options import KEY, MAPPING, MODE
from tenants.bulk.registry import ImportColumn, ImportKind, Mode, Options

_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")


def plain(text: str) -> str:
    """Return a header or choice as it is compared: no width, case, spaces, stars or brackets."""
    normal = _BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s*_\-:]", "", normal).casefold()


def in_every_language(text: object) -> set[str]:
    """Return a lazy text in each of our languages, so that any template is understood."""
    found = set()
    for language in LANGUAGES:
        with force_locale(language):
            found.add(str(text))
    return found


@dataclass(frozen=True, slots=True)
class Header:
    """Where each of our columns stands in the file, and what of the file is not used."""

    places: Mapping[str, int]
    ignored: Sequence[str]


def guess(
    kind: ImportKind,
    names: Sequence[str],
    options: Options,
    remembered: Mapping[str, str] | None = None,
) -> list[str]:
    """Return for each header of a file the key of the column it seems to be, "" for none.

    What the person chose for the same header last time comes first, then names and aliases; of two
    that fit the first counts.
    """
    known = _known(kind, options)
    keys = {column.key for column in kind.columns}
    taken: set[str] = set()
    found = []
    for name in names:
        word = plain(name)
        key = (remembered or {}).get(word) if word else ""
        if key is None:
            key = known[word].key if word in known else ""
        key = key if key in keys and key not in taken else ""
        taken.add(key)
        found.append(key)
    return found


def read_header(kind: ImportKind, names: Sequence[str], options: Options) -> Header:
    """Match the first row of a file: as chosen, or by the words of each column.

    Refused names the columns that are missing or there twice.
    """
    chosen = options.get(MAPPING)
    if chosen is not None:
        places = {key: int(place) for key, place in chosen.items() if int(place) < len(names)}
    else:
        places = _by_words(kind, names, options)
    refuse_missing(kind, places, options)
    used = set(places.values())
    return Header(places, [name for place, name in enumerate(names) if name and place not in used])


def refuse_missing(kind: ImportKind, places: Mapping[str, int], options: Options) -> None:
    """Raise Refused that names the required columns which the file lacks."""
    renamed = kind.headers(options)
    key = options.get(KEY)
    only_changes = options.get(MODE) == Mode.UPDATE
    missing = [
        renamed.get(column.key) or str(column.label)
        for column in kind.columns
        if column.key not in places
        and not column.default
        and (column.key == key or (column.required and not only_changes))
    ]
    if missing:
        raise Refused(
            _(
                "The file lacks these columns: %(names)s. Download the template to compare.",
                names=_("; ").join(missing),
            )
        )


def _by_words(kind: ImportKind, names: Sequence[str], options: Options) -> dict[str, int]:
    known = _known(kind, options)
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        found = known.get(plain(name)) if name else None
        if found is None:
            continue
        if found.key in places:
            raise Refused(_("The column “%(name)s” is there twice.", name=name))
        places[found.key] = place
    return places


def _known(kind: ImportKind, options: Options) -> dict[str, ImportColumn]:
    """Return the columns by every word that may stand above them."""
    renamed = kind.headers(options)
    # A label counts more than another column's alias or key: "Document" is what it says.
    words: list[tuple[str, ImportColumn]] = []
    own = [column for column in kind.columns if not renamed.get(column.key)]
    words += [(column.key, column) for column in own]
    words += [(alias, column) for column in own for alias in column.aliases]
    words += [(label, column) for column in own for label in in_every_language(column.label)]
    words += [(renamed[column.key], column) for column in kind.columns if column not in own]
    return {plain(word): column for word, column in words}
