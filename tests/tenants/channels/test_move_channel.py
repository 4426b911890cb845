"""A channel hangs under another from now on, with all below it; what was sold stays as it was."""

import pytest

from kit import audit
from kit.db import session
from kit.errors import Refused, Stale
from tenants.accounts.queries import log_of
from tenants.channels import queries, services
from tenants.channels.models import Channel
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.channels import again, make_chain, make_channel
from tests.factories.orders import make_order


def _move(channel, parent, *, version=None):
    services.move_channel(
        channel, parent=parent, version=version or channel.version, by=audit.SYSTEM
    )


def test_all_below_goes_along(in_acme):
    root, child, grandchild = make_chain(1_000, 1_000)
    other = make_channel()
    _move(child, other)
    assert child.parent_id == other.id
    assert child.path == f"{other.id}.{child.id}."
    assert grandchild.path == f"{other.id}.{child.id}.{grandchild.id}."
    assert [one.depth for one in (child, grandchild)] == [2, 3]
    assert queries.subtree(root) == [root]
    _move(grandchild, other)
    assert (grandchild.path, grandchild.depth) == (f"{other.id}.{grandchild.id}.", 2)


def test_the_log_says_once_from_where_to_where(in_acme):
    root, child, _grandchild = make_chain(1_000, 1_000)
    other = make_channel()
    _move(child, other)
    _move(child, other)
    (entry,) = [one for one in log_of(child.public_id) if one.event == "channel:moved"]
    assert entry.details == {"old": root.number, "new": other.number, "count": 1}


def test_orders_keep_the_chain_they_were_placed_under(in_acme):
    root, child = make_chain(1_000)
    order = make_order(channel=child)
    _move(child, make_channel())
    assert order.chain_path == f"{root.id}.{child.id}."


def test_circles_depth_frozen_and_deleted_are_refused(in_acme):
    root, child, grandchild = make_chain(1_000, 1_000)
    deep, frozen, gone = make_chain(*[1_000] * (queries.max_depth() - 1))[-1], make_channel(), None
    services.freeze_channel(frozen, reason="欠款", by=audit.SYSTEM)
    gone = make_channel()
    services.delete_channel(gone, by=audit.SYSTEM)
    paths = [one.path for one in (root, child, grandchild)]
    for channel, parent in (
        (root, root),
        (root, child),
        (root, grandchild),
        (root, deep),
        (child, frozen),
        (child, gone),
        (gone, root),
    ):
        with pytest.raises(Refused):
            _move(channel, parent)
    assert [again(one).path for one in (root, child, grandchild)] == paths


def test_a_stale_copy_is_refused(in_acme):
    _root, child = make_chain(1_000)
    with pytest.raises(Stale):
        _move(child, make_channel(), version=99)


def test_the_owner_moves_it_after_a_preview(in_acme, client):
    _root, child, grandchild = make_chain(1_000, 1_000)
    other = make_channel(name="新上级")
    path = f"/channels/{child.public_id}/move"
    onto, below, child_id = other.public_id, grandchild.id, child.id
    browser = signed_in(client, owner())
    page = browser.get(f"{path}?parent={onto}").text
    assert f'<option selected value="{onto}">新上级</option>' in page
    typed = {"csrf_token": browser.token(path), "version": "1", "parent": onto}
    assert browser.post(path, data=typed).status_code == 303
    assert f".{child_id}.{below}." in session().get_one(Channel, below).path


def test_a_colleague_moves_only_what_he_reaches_to_where_he_reaches(in_acme, client):
    _root, child = make_chain(1_000)
    mine, other = make_channel(), make_channel()
    role = make_role(permissions=["channel:view", "channel:edit"], scope="channels")
    user = make_user(roles=[role])
    mine.manager_id = user.id
    paths = [f"/channels/{one.public_id}/move" for one in (child, mine)]
    onto = other.public_id
    browser = signed_in(client, user)
    assert browser.get(paths[0]).status_code == 403
    typed = {"csrf_token": browser.token(paths[1]), "version": "1", "parent": onto}
    assert browser.post(paths[1], data=typed).status_code == 422
    assert client.at(in_acme).get(paths[1]).status_code == 302
