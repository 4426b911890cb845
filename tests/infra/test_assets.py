import gettext
import os

import pytest

from infra.local import assets

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Number"
msgstr "号码"
"""


@pytest.fixture
def catalogue(tmp_path):
    folder = tmp_path / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE, encoding="utf-8")
    return folder


def test_translations_are_compiled(tmp_path, catalogue):
    assets.compile_translations(tmp_path)
    with (catalogue / "messages.mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Number") == "号码"


def test_translations_are_compiled_again_only_when_changed(tmp_path, catalogue):
    assets.compile_translations(tmp_path)
    target = catalogue / "messages.mo"
    first = target.stat()
    assets.compile_translations(tmp_path)
    assert target.stat().st_ino == first.st_ino
    os.utime(catalogue / "messages.po", ns=(0, first.st_mtime_ns + 1))
    assets.compile_translations(tmp_path)
    assert target.stat().st_mtime_ns > first.st_mtime_ns


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.js", b"run();\n//# sourceMappingURL=a.js.map"),
        ("a.css", b"run();\n/*# sourceMappingURL=a.css.map */\n"),
        ("a.css", b"run();/*# sourceMappingURL=a.css.map*/"),
        ("a.js", b"run();\n"),
    ],
)
def test_files_are_copied_without_their_source_map(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assets._copy(tmp_path / name, tmp_path / "there" / name)
    assert (tmp_path / "there" / name).read_bytes() == b"run();\n"


def test_every_needed_package_is_locked():
    lock = (assets.ROOT / "package-lock.json").read_text(encoding="utf-8")
    for source in assets.ASSETS.values():
        package = source.partition("/dist/")[0]
        assert f'"node_modules/{package}"' in lock
    assert '"resolved"' not in lock
