"""Keep the catalogues in step with the code: `update` writes them, `check` only looks.

Message ids are the English sentences, so the English catalogue is empty on purpose; Chinese must
be complete, with the same placeholders.
"""

import json
import re
import sys
from copy import deepcopy
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "translations"
SOURCES = ("platform", "tenants")
CHINESE = FOLDER / "zh_Hans_CN/LC_MESSAGES/messages.po"
ENGLISH = FOLDER / "en/LC_MESSAGES/messages.po"
TEMPLATE = FOLDER / "messages.pot"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
_METHODS = [("**/templates/**.*", "jinja2"), ("**.py", "python")]
# Without the extension a template that uses it would be passed over in silence.
_TEMPLATE_OPTIONS = {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")


def extract() -> Catalog:
    """Return every message of the code; no line numbers, so that edits do not stir the files."""
    catalog = Catalog(project="Simtree", fuzzy=False, header_comment="# Messages of Simtree.")
    for source in SOURCES:
        for name, _, message, comments, context in extract_from_dir(
            ROOT / source,
            method_map=_METHODS,
            options_map={"**/templates/**.*": _TEMPLATE_OPTIONS},
            keywords=KEYWORDS,
        ):
            catalog.add(message, None, [(f"{source}/{name}", 0)], context=context)
            del comments
    return catalog


def _text(catalog: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalog, width=100, no_location=True, omit_header=True, sort_output=True)
    header = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    plural = b'"Plural-Forms: %s\\n"\n' % catalog.plural_forms.encode()
    return header + plural + b"\n" + buffer.getvalue()


def load(path: Path, locale: str) -> Catalog:
    """Return a catalogue, an empty one where there is no file."""
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(additions: dict[str, str], template: Catalog) -> None:
    """Write template and catalogues, with translations given as id → text."""
    FOLDER.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(_text(template))
    for path, locale in ((CHINESE, "zh_Hans_CN"), (ENGLISH, "en")):
        catalog = load(path, locale)
        # A template of its own: the catalogue takes over its message objects.
        catalog.update(deepcopy(template), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        for message in catalog:
            if path == ENGLISH and message.id:
                # The ids are the English sentences: there is nothing to translate.
                message.string = ("", "") if isinstance(message.id, tuple) else ""
        if path == CHINESE:
            for message in catalog:
                singular = message.id[0] if isinstance(message.id, tuple) else message.id
                if singular and not _is_complete(message.string) and singular in additions:
                    text = additions[singular]
                    message.string = (text,) if isinstance(message.id, tuple) else text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_text(catalog))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (tuple, list)) else (str(value or ""),)


def _is_complete(text: object) -> bool:
    return bool(text) and (not isinstance(text, (tuple, list)) or all(text))


def problems(template: Catalog) -> list[str]:
    """Return what is wrong, a sentence each; empty when all is in step with the code's messages."""
    found = []
    if not TEMPLATE.exists() or TEMPLATE.read_bytes() != _text(template):
        found.append("translations/messages.pot is stale: run infra/bin/translate")
    catalog = load(CHINESE, "zh_Hans_CN")
    for message in template:
        if not message.id:
            continue
        known = catalog.get(message.id if isinstance(message.id, str) else message.id[0])
        if known is None or not _is_complete(known.string):
            found.append(f"not translated: {message.id}")
            continue
        if known.fuzzy:
            found.append(f"fuzzy: {message.id}")
        ids = _texts(message.id)
        texts = _texts(known.string)
        wanted = {name for text in ids for name in _PLACEHOLDER.findall(text)}
        given = {name for text in texts for name in _PLACEHOLDER.findall(text)}
        if wanted != given:
            found.append(f"placeholders differ: {message.id}")
    return found


def main(arguments: list[str]) -> int:
    """`check`, or `update [translations.json …]`; return the exit code."""
    if arguments[:1] == ["check"]:
        found = problems(extract())
        print("\n".join(found) or "The catalogues are in step.")
        return 1 if found else 0
    additions: dict[str, str] = {}
    for name in arguments[1:]:
        additions.update(json.loads(Path(name).read_text(encoding="utf-8")))
    template = extract()
    update(additions, template)
    left = problems(template)
    print("\n".join(left) or "The catalogues are in step.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
