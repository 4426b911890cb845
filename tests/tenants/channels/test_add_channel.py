"""Channels are added at the top or below a parent, down to the workspace's depth."""

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session
from kit.errors import Refused
from tenants.channels import queries, services
from tenants.channels.models import Channel
from tenants.channels.parameters import MAX_DEPTH
from tenants.setup.services import set_parameter
from tests.factories.channels import events_of, make_chain, make_channel


def _count() -> int:
    return session().scalar(select(func.count()).select_from(Channel))


def test_it_adds_a_root(in_acme):
    channel = make_channel(name="重庆一部", contact_phone="139 0013 9000")
    assert channel.path == f"{channel.id}."
    assert channel.depth == 1
    assert channel.sort_key == "chongqingyibu"
    assert channel.contact_phone == "+8613900139000"
    assert channel.number == f"CH{channel.id:04}"
    assert events_of(channel) == ["channel:added"]


def test_it_adds_below_a_parent(in_acme):
    root, child, grandchild = make_chain(5_000, 4_000)
    assert grandchild.path == f"{root.id}.{child.id}.{grandchild.id}."
    assert grandchild.depth == 3
    assert queries.chain(grandchild) == [root, child, grandchild]
    assert grandchild.is_within(root)
    assert not root.is_within(grandchild)


def test_it_refuses_to_grow_too_deep(in_acme):
    chain = make_chain(1, 1)
    before = _count()
    with pytest.raises(Refused) as refusal:
        make_channel(parent=chain[-1])
    assert refusal.value.field == "parent"
    assert _count() == before


def test_the_depth_is_a_setting(in_acme):
    set_parameter(MAX_DEPTH, 1, version=0, by=audit.SYSTEM)
    with pytest.raises(Refused) as refusal:
        make_channel(parent=make_channel())
    assert refusal.value.field == "parent"


def test_it_refuses_a_name_that_is_taken(in_acme):
    make_channel(name="同名")
    before = _count()
    with pytest.raises(Refused) as refusal:
        make_channel(name="同名")
    assert refusal.value.field == "name"
    assert _count() == before


def test_it_says_when_a_deleted_channel_has_the_name(in_acme):
    old = make_channel(name="旧名")
    services.delete_channel(old, by=audit.SYSTEM)
    with pytest.raises(Refused, match=old.number):
        make_channel(name="旧名")


def test_it_refuses_a_frozen_parent(in_acme):
    root, child = make_chain(1)
    services.freeze_channel(root, reason="欠款", by=audit.SYSTEM)
    with pytest.raises(Refused, match="欠款"):
        make_channel(parent=child)


def test_it_refuses_a_deleted_parent(in_acme):
    root = make_channel()
    services.delete_channel(root, by=audit.SYSTEM)
    with pytest.raises(Refused):
        make_channel(parent=root)


@pytest.mark.parametrize("share", [-1, 10_001])
def test_it_refuses_a_share_out_of_bounds(in_acme, share):
    with pytest.raises(Refused) as refusal:
        make_channel(share=share)
    assert refusal.value.field == "share"


def test_it_refuses_a_number_that_is_no_phone(in_acme):
    with pytest.raises(Refused) as refusal:
        make_channel(contact_phone="unknown")
    assert refusal.value.field == "contact_phone"


def test_a_subtree_is_a_prefix_of_whole_ids(in_acme):
    root, child = make_chain(1)
    other = make_channel()
    found = session().scalars(select(Channel).where(queries.subtree_filter(root))).all()
    assert set(found) == {root, child}
    assert other not in found
