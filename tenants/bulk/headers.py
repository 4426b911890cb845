"""Which column of a file is which of ours."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import force_locale

from kit.errors import Refused
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from tenants.bulk.registry import ImportColumn, ImportKind, Options

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


def read_header(kind: ImportKind, names: Sequence[str], options: Options) -> Header:
    """Match the first row of a file; Refused names the columns that are missing or twice."""
    renamed = kind.headers(options)
    known: dict[str, ImportColumn] = {}
    for column in kind.columns:
        given = renamed.get(column.key)
        words = {given} if given else {column.key, *column.aliases}
        if not given:
            words |= in_every_language(column.label)
        known |= {plain(word): column for word in words}
    places: dict[str, int] = {}
    ignored = []
    for place, name in enumerate(names):
        found = known.get(plain(name)) if name else None
        if found is None:
            ignored += [name] if name else []
        elif found.key in places:
            raise Refused(_("The column “%(name)s” is there twice.", name=name))
        else:
            places[found.key] = place
    missing = [
        renamed.get(column.key) or str(column.label)
        for column in kind.columns
        if column.required and column.key not in places
    ]
    if missing:
        raise Refused(
            _(
                "The file lacks these columns: %(names)s. Download the template to compare.",
                names=_("; ").join(missing),
            )
        )
    return Header(places, ignored)
