"""The page of every kind of record: its tabs answer, for those who may see the record."""

import re

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.kinds import kinds, register
from tenants.backoffice.search import KINDS
from tests.factories import accounts
from tests.factories.world import make_world

PANE = re.compile(r'role="tabpanel"[^>]* hx-get="([^"]+)"')
CARRYING = {"reminders", "attachments", "comments"}
EXPECTED = {
    "order": CARRYING,
    "customer": {*CARRYING, "orders"},
    "channel": CARRYING,
    "product": {*CARRYING, "approvals"},
    "document": {"reminders", "comments"},
    "number": set(),
    "card": set(),
    "person": set(),
}


def _panes(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, path
    keys = re.findall(r'role="tabpanel" id="[a-z]+-(\w+)"', answer.text)
    return keys, PANE.findall(answer.text)


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.code)
def test_the_tabs_of_a_record_answer(in_acme, rival, client, app, kind):
    public_id = make_world()["user" if kind.code == "person" else kind.code]
    session().commit()
    with app.test_request_context():
        path = kind.url(public_id)
    browser = accounts.signed_in(client, accounts.owner())
    keys, urls = _panes(browser, path)
    assert set(keys) & {*CARRYING, "orders", "approvals"} == EXPECTED[kind.code]
    assert [browser.get(url).status_code for url in urls] == [200] * len(urls)

    nobody = accounts.make_user(roles=[accounts.make_role(permissions=["workspace:edit"])])
    browser = accounts.signed_in(client, nobody)
    assert {browser.get(url).status_code for url in urls} <= {403, 404}
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
        assert {browser.get(url).status_code for url in [path, *urls]} == {404}


def test_every_kind_can_be_searched_for_and_has_one_code():
    assert {one.code for one in kinds() if not one.code.startswith("tests:")} == set(EXPECTED)
    assert {one.code for one in KINDS} == set(EXPECTED)
    with pytest.raises(ValueError, match="twice"):
        register(KINDS[0])


def test_a_record_is_named_only_to_those_who_see_it(in_acme):
    things = make_world()
    nobody = accounts.make_user(roles=[accounts.make_role(permissions=["workspace:edit"])])
    for kind in KINDS:
        public_id = things["user" if kind.code == "person" else kind.code]
        assert kind.name_for(public_id, accounts.owner()), kind.code
        assert kind.name_for(public_id, nobody) is None, kind.code
