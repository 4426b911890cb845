"""Templates: forms carry their token, nothing is inline, every word is translatable."""

import re

import pytest

from tests.house.source import files, name

TEMPLATES = [path for path in files() if path.suffix == ".html"]
INLINE = re.compile(
    r"<script(?![^>]*(src|nonce|application/json))|\sstyle=|\son[a-z]+=\"|javascript:"
)
POST = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
TAGS = re.compile(
    r"<(script|style|code|pre)\b.*?</\1>|<[^>]*>|&[a-z#0-9]+;", re.DOTALL | re.IGNORECASE
)
# Blocks that hold a class name and no text.
NAMED = re.compile(r"\{% block (width|layout_class) %\}[a-z -]+\{% endblock %\}")
WORDS = re.compile(r"[A-Za-z]{3,}")
# Units and names that no language translates.
NAMES = {"Simtree", "ICCID"}


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_is_inline(path):
    text = path.read_text(encoding="utf-8")
    assert not [
        found[0] for found in INLINE.finditer(re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_form_that_writes_has_its_token(path):
    for form in POST.findall(path.read_text(encoding="utf-8")):
        assert "csrf_token" in form


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_word_is_translatable(path):
    text = NAMED.sub(" ", path.read_text(encoding="utf-8"))
    text = TAGS.sub(" ", JINJA.sub(" ", text))
    assert not [word for word in WORDS.findall(text) if word not in NAMES]


def test_there_are_templates():
    assert len(TEMPLATES) > 20
