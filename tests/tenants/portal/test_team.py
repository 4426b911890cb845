"""My team and my money: only below oneself, never more than one's own, nobody else's amounts."""

import re

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session, workspace_scope
from tenants.catalogue.models import Rate
from tenants.channels.models import Channel
from tenants.channels.services import freeze_channel
from tenants.notices.models import Audience, PortalAudience
from tenants.settlement.models import CommissionLine
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import again, make_chain, make_channel, make_person, portal
from tests.factories.notices import make_announcement
from tests.factories.numbers import make_number
from tests.factories.orders import make_opened, make_order
from tests.factories.world import address, kind_of, rules

NEW = {"name": "小店", "contact_name": "钱一", "contact_phone": "13900139001", "share": "50"}


@pytest.fixture
def chain(in_acme):
    """A root, a middle and a leaf, who share 100, 60 and 30."""
    return make_chain(6_000, 5_000)


@pytest.fixture
def product(in_acme):
    product = make_product(carrier="mobile", name="大流量星卡")
    make_rate(product, 10_000)
    return product


@pytest.fixture
def middle(client, chain):
    return portal(client, make_person(chain[1]))


def _member(channel, *rest):
    return "/".join(["/portal/team", again(channel).public_id, *rest])


def _share_path(child, product):
    return _member(child, "shares", again(product).public_id, "activated", "0")


def test_a_sub_agent_is_added_and_invited(middle, chain, client, in_acme):
    added = middle.submit("/portal/team/new", NEW)
    assert added.status_code == 303
    assert added.location.endswith("/invite")
    made = middle.submit(added.location, {"name": "钱一", "role": "owner"})
    assert made.status_code == 200
    link = re.search(r"http://[^\s\"<]+/join/[^\s\"<]+", made.text)[0]
    child = session().scalars(select(Channel).where(Channel.name == "小店")).one()
    assert (child.parent_id, child.share) == (again(chain[1]).id, 5_000)
    joined = client.at(in_acme).get(link[link.index("/join/") :])
    assert joined.status_code == 200
    assert "小店" in joined.text
    assert "小店" in middle.get("/portal/team/").text


@pytest.mark.parametrize(
    "changed",
    [{"share": "100.01"}, {"share": "-1"}, {"share": "x"}, {"name": ""}, {"name": "王\u202e"},
     {"contact_phone": "1"}, {"contact_name": "长" * 41}],
)  # fmt: skip
def test_a_sub_agent_that_makes_no_sense_is_refused(middle, chain, changed):
    before = len(session().scalars(select(Channel.id)).all())
    assert middle.submit("/portal/team/new", NEW | changed).status_code == 422
    assert len(session().scalars(select(Channel.id)).all()) == before


def test_a_share_is_set_up_to_my_own_rate_and_no_further(middle, chain, product):
    path = _share_path(chain[2], product)
    assert "¥60.00" in middle.get(path).text
    refused = middle.submit(path, {"amount": "60.01"})
    assert refused.status_code == 422
    assert middle.submit(path, {"amount": "-1"}).status_code == 422
    own = select(Rate.amount).where(Rate.channel_id == again(chain[2]).id)
    assert session().scalars(own).all() == []
    assert middle.submit(path, {"amount": "60"}).status_code == 303
    assert session().scalars(own).all() == [6_000]
    page = middle.get(_member(chain[2], "shares")).text
    assert "¥60.00" in page
    assert "¥100.00" not in page


def test_the_usual_share_is_set_within_its_bounds(middle, chain):
    path = _member(chain[2], "share")
    for share in ("100.01", "-1", "x", ""):
        assert middle.submit(path, {"share": share}).status_code == 422
    assert again(chain[2]).share == 5_000
    assert middle.submit(path, {"share": "25"}).status_code == 303
    assert again(chain[2]).share == 2_500


def test_a_sub_agent_is_frozen_and_works_again(middle, chain, client):
    leaf = portal(client, make_person(chain[2]))
    assert leaf.get("/portal/").status_code == 200
    assert middle.submit(_member(chain[2], "freeze"), {"reason": ""}).status_code == 422
    assert middle.submit(_member(chain[2], "freeze"), {"reason": "窜货"}).status_code == 303
    assert leaf.get("/portal/").status_code == 302
    token = middle.token(_member(chain[2]))
    thawed = middle.post(_member(chain[2], "unfreeze"), data={"csrf_token": token})
    assert thawed.status_code == 303
    assert again(chain[2]).state == "active"


def test_what_the_company_froze_only_the_company_unfreezes(middle, chain):
    freeze_channel(chain[2], reason="调查", by=audit.SYSTEM)
    token = middle.token("/portal/team/new")
    middle.post(_member(chain[2], "unfreeze"), data={"csrf_token": token})
    assert again(chain[2]).state == "frozen"


def test_a_grandchild_is_seen_and_left_to_its_parent(client, chain, product):
    top = portal(client, make_person(chain[0]))
    assert top.get(_member(chain[2])).status_code == 200
    for rest in ("share", "shares", "freeze"):
        assert top.get(_member(chain[2], rest)).status_code == 404
    assert top.get(_share_path(chain[2], product)).status_code == 404


def test_each_level_sees_its_own_commission_and_why(client, chain, product):
    make_opened(product=product, channel=chain[2], number=make_number())
    lines = {line.channel_id: line.public_id for line in session().scalars(select(CommissionLine))}
    people = [portal(client, make_person(channel)) for channel in chain]
    ids = [again(channel).id for channel in chain]
    own = ["¥40.00", "¥30.00", "¥30.00"]
    rates = ["¥100.00", "¥60.00", "¥30.00"]
    names = [again(channel).name for channel in chain]
    for level, browser in enumerate(people):
        assert own[level] in browser.get("/portal/commission/").text
        for other, line in lines.items():
            expected = 200 if other == ids[level] else 404
            assert browser.get(f"/portal/commission/{line}").status_code == expected
        why = browser.get(f"/portal/commission/{lines[ids[level]]}").text
        for rate in rates[:level]:
            assert rate not in why, (level, rate)
        for other, name in enumerate(names):
            if other not in {level, level + 1}:
                assert name not in why, (level, name)
        if level < 2:
            assert names[level + 1] in why


def test_the_orders_page_shows_no_amounts_of_others(client, chain, product):
    order = make_order(product=product, channel=chain[2])
    path = f"/portal/orders/{order.public_id}"
    leaf = portal(client, make_person(chain[2])).get(path).text
    assert "¥30.00" in leaf
    for amount in ("¥100.00", "¥60.00", "¥40.00"):
        assert amount not in leaf


def test_a_clerk_gets_no_money_and_no_team(client, chain, product):
    make_order(product=product, channel=chain[1])
    browser = portal(client, make_person(chain[1], role="clerk"))
    child = again(chain[2]).public_id
    for path in (
        "/portal/commission/",
        "/portal/commission/x",
        "/portal/team/",
        "/portal/team/new",
        f"/portal/team/{child}",
        f"/portal/team/{child}/share",
        f"/portal/team/{child}/freeze",
        f"/portal/team/{child}/invite",
    ):
        assert browser.get(path).status_code == 403, path
    home = browser.get("/portal/").text
    assert "/portal/team/" not in home
    assert "/portal/commission/" not in home
    assert "¥" not in browser.get("/portal/take/").text.replace("¥0.00", "")


def _kin(product):
    """A family: the root, the viewer's channel, and an uncle with a cousin below him."""
    root = make_channel()
    viewer, uncle = make_channel(parent=root, share=6_000), make_channel(parent=root, share=6_000)
    cousin = make_channel(parent=uncle, share=5_000)
    order = make_order(product=product, channel=cousin)
    lines = session().scalars(select(CommissionLine).order_by(CommissionLine.channel_id)).all()
    by_channel = {line.channel_id: line.public_id for line in lines}
    return {
        "viewer": viewer,
        "strangers": {"child": [uncle.public_id, cousin.public_id, root.public_id]},
        "own": viewer.public_id,
        "announcement": make_announcement(
            audience=Audience.NOBODY,
            portal_audience=PortalAudience.BRANCHES,
            targets=[uncle.public_id],
        ).public_id,
        "order": [order.public_id],
        "line": [by_channel[uncle.id], by_channel[cousin.id], by_channel[root.id]],
    }


def _portal_rules(app):
    return [rule for rule in rules(app, "portal") if "public_id" in rule.arguments]


def test_no_rule_of_the_portal_opens_with_an_uncles_things(app, client, in_acme, product):
    family = _kin(product)
    barred = make_product(carrier="mobile", blocked_channel_ids=[again(family["viewer"]).id])
    strange = {
        "child": [*family["strangers"]["child"], family["own"]],
        "order": family["order"],
        "line": family["line"],
        "product": [barred.public_id],
        "announcement": [family["announcement"]],
    }
    good = again(product).public_id
    make_number("13900001001")
    browser = portal(client, make_person(family["viewer"]))
    token = browser.token("/portal/team/new")
    browser.inspect = False
    asked, found = set(), []
    for rule in _portal_rules(app):
        kind = kind_of(rule, "public_id")
        assert kind is not None
        for public_id in strange[kind]:
            path = address(rule, _Marked(kind, public_id, product=good))
            asked.add(rule.endpoint)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                typed = {"csrf_token": token, "reason": "x", "share": "1", "amount": "1"}
                answer = browser.get(path) if method == "GET" else browser.post(path, data=typed)
                if answer.status_code != 404:
                    found.append((answer.status_code, method, rule.endpoint, kind))
    assert not found
    assert len(asked) == len(_portal_rules(app)) >= 12


class _Marked(dict[str, str]):
    """Things for an address of which one kind is known, and the rest harmless."""

    def __init__(self, kind: str, public_id: str, *, product: str = "p") -> None:
        words = {"msisdn": "13900001001", "milestone": "activated", "month": "0"}
        super().__init__({**words, "product": product, kind: public_id})


def test_no_rule_of_the_portal_opens_with_a_rivals_things(app, client, in_acme, rival, product):
    family = _kin(product)
    things = {
        "child": family["strangers"]["child"][0],
        "order": family["order"][0],
        "line": family["line"][0],
        "product": again(product).public_id,
        "announcement": family["announcement"],
        "msisdn": "13900001001",
        "milestone": "activated",
        "month": "0",
    }
    session().commit()
    with workspace_scope(rival):
        browser = portal(client, make_person(make_channel()))
    token = browser.token("/portal/team/new")
    browser.inspect = False
    for rule in _portal_rules(app):
        path = address(rule, things)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if method == "GET":
                answer = browser.get(path)
            else:
                answer = browser.post(path, data={"csrf_token": token})
            assert answer.status_code == 404, (method, path)
