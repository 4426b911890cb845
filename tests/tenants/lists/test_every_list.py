"""What every list must do, looped over all routes that answer with one: no list is named here."""

import re
from contextlib import contextmanager
from functools import lru_cache

import pytest
from sqlalchemy import event

from kit.db import database, session, workspace_scope
from kit.db.session import cell_key
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.desk import make_view
from tests.factories.world import make_world, rules

_LIST = re.compile(r'data-listing="([^"]+)"')
_STATE = re.compile(r'class="listing-body" id="[^"]+" data-state="(\w+)"')
MOST_STATEMENTS = 8
# Without the frame around it a page takes half the time.
PIECE = {"HX-Request": "true"}
# What every page asks before its own: who is there with his roles, and what he wears.
LISTS: dict[str, str] = {}


@lru_cache(maxsize=1)
def _candidates(app) -> list[str]:
    return sorted(
        rule.rule
        for rule in rules(app, "office")
        if "GET" in (rule.methods or ()) and not rule.arguments
    )


def find_lists(app, browser) -> dict[str, str]:
    """Return the path of every list of the back office, with its name."""
    if not LISTS:
        for path in _candidates(app):
            answer = browser.get(path)
            found = _LIST.search(answer.text) if answer.mimetype == "text/html" else None
            if answer.status_code == 200 and found:
                LISTS[path] = found[1]
    return LISTS


@pytest.fixture
def browser(in_acme, client):
    make_world()
    made = signed_in(client, owner())
    made.inspect = False
    return made


@contextmanager
def statements():
    """Collect what is sent to the workspaces' database."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        seen.append(statement)

    engine = database.engines[cell_key("main")]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _state(answer) -> str:
    found = _STATE.search(answer.text)
    return found[1] if found else ""


def test_there_are_lists(app, browser):
    assert len(find_lists(app, browser)) >= 15
    assert {"orders", "customers", "numbers", "users", "approvals"} <= set(LISTS.values())


def test_a_list_takes_few_statements(app, browser):
    many = {}
    for path, name in find_lists(app, browser).items():
        browser.get(path)
        with statements() as seen:
            assert browser.get(path).status_code == 200
        own = [one for one in seen if "SAVEPOINT" not in one]
        if len(own) > MOST_STATEMENTS:
            many[name] = [" ".join(one.split())[-110:] for one in own]
    assert not many


# Each is (what is asked, the states that are an answer).
_WRONG = {"wrong"}
NONSENSE = {
    "a filter it does not have": ("weather=rain", _WRONG),
    "a filter in another script": ("%E5%A4%A9%E6%B0%94=1&%00x=1", {""}),
    "a foreign order": ("sort=password_hash", _WRONG),
    "an order by nothing": ("sort=-", _WRONG),
    "a foreign grouping": ("group=password_hash", _WRONG),
    "a view of nobody": ("view=01m813vwr82z9e67swdk0cnszg", _WRONG),
    "a row of another list": ("after={key}", _WRONG),
    "a row before nobody": ("before=01m8'--", _WRONG),
    "a row with a surrogate": ("after=%ED%A0%80%00", {""}),
    "a key that is too long": ("after=" + "x" * 3_000, _WRONG),
    "no place to go to": ("goto=%F0%9F%8C%B3", {"wrong", "unmatched"}),
    "a page below the first": ("page=-1", {"rows", "empty"}),
    "page nought": ("page=0", {"rows", "empty"}),
    "a page after the last": ("page=999999", {"rows", "empty"}),
    "a page that is no number": ("page=abc", {"rows", "empty"}),
    "a size nobody offers": ("size=1000", {"rows", "empty"}),
    "columns of nowhere": ("cols=password_hash,id&density=none", {"rows", "empty"}),
    "a chart of nothing": ("chart=3d&measure=password_hash", {"rows", "empty"}),
    "a part of nothing": ("part=everything", {"rows", "empty"}),
}


def test_nonsense_is_answered_with_a_sentence_and_never_with_everything(app, browser):
    strange = {}
    # A saved view's key is a row of no list.
    key = make_view(owner(), listing="nowhere").public_id
    for path, name in find_lists(app, browser).items():
        for what, (asked, states) in NONSENSE.items():
            answer = browser.get(f"{path}?{asked.replace('{key}', key)}", headers=PIECE)
            if "%00" in asked:
                fits = answer.status_code == 400
            else:
                fits = answer.status_code == 200 and _state(answer) in states
            if not fits:
                strange[name, what] = (answer.status_code, _state(answer))
    assert not strange


VALUES = ("x" * 3_000, "2026-13-45", "%ED%A0%80", "'; DROP TABLE users; --", "%25%5F%5C")


def test_no_value_of_any_filter_breaks_a_list(app, browser):
    broken = {}
    for path, name in find_lists(app, browser).items():
        form = re.search(r'<form class="card query".*?</form>', browser.get(path).text, re.DOTALL)
        fields = set(re.findall(r'\bname="(\w+)"', form[0])) if form else set()
        # All fields at once; then each with too much, for one error could hide another's silence.
        for value in VALUES:
            answer = browser.get(
                f"{path}?" + "&".join(f"{one}={value}" for one in fields), headers=PIECE
            )
            if answer.status_code != 200:
                broken[name, value] = answer.status_code
        for field in fields:
            answer = browser.get(f"{path}?{field}={VALUES[0]}", headers=PIECE)
            if answer.status_code != 200 or _state(answer) != "wrong":
                broken[name, field] = (answer.status_code, _state(answer))
    assert not broken


def test_every_list_can_be_printed_and_exported_only_as_asked(app, browser):
    lost = {}
    for path, name in find_lists(app, browser).items():
        page = browser.get(path).text
        if "print=yes" in page and browser.get(f"{path}?print=yes").status_code != 200:
            lost[name] = "print"
        if "export=xlsx" in page:
            answer = browser.get(f"{path}?export=xlsx&weather=rain")
            if answer.mimetype.endswith("sheet"):
                lost[name] = "export"
            with browser.get(f"{path}?export=xlsx") as sheet:
                if not sheet.mimetype.endswith("sheet"):
                    lost[name] = f"export {sheet.status_code}"
    assert not lost


def test_a_colleague_without_rights_sees_that_he_has_none(app, browser, client, in_acme):
    find_lists(app, browser)
    nobody = signed_in(client, make_user(roles=[make_role(permissions=["workspace:edit"])]))
    nobody.inspect = False
    shown = {}
    for path, name in LISTS.items():
        body = {"HX-Request": "true", "HX-Target": f"div#list-{name}-body"}
        page, piece = nobody.get(path), nobody.get(path, headers=body)
        if page.status_code == 200:
            # His own log-ins: everybody has those.
            continue
        shown[name] = (page.status_code, piece.status_code, _state(piece))
    assert set(shown.values()) == {(403, 403, "denied")}
    assert len(shown) >= 15


def test_a_stranger_finds_no_list_with_rows_of_another_workspace(app, browser, client, rival):
    find_lists(app, browser)
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
    stranger.inspect = False
    # A key of acme is no place in any list of the rival.
    for path in LISTS:
        assert _state(stranger.get(f"{path}?after=01m813vwr82z9e67swdk0cnszg")) == "wrong"
