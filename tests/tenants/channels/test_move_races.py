"""The tree stays a tree, however many move and add channels at once."""

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.channels import services
from tenants.channels.models import Channel
from tests.factories.channels import make_channel
from tests.racing import done

pytestmark = pytest.mark.real_commits


def _moving(channel, parent):
    channel_id, parent_id, version = channel.id, parent.id, channel.version

    def move():
        services.move_channel(
            session().get_one(Channel, channel_id),
            parent=session().get_one(Channel, parent_id),
            version=version,
            by=audit.SYSTEM,
        )

    return move


def _assert_a_tree():
    rows = {one.id: one for one in session().scalars(select(Channel))}
    for one in rows.values():
        above = rows[one.parent_id] if one.parent_id else None
        assert one.path == f"{above.path if above else ''}{one.id}."
        assert one.depth == (above.depth + 1 if above else 1)


@pytest.mark.parametrize("turn", range(4))
def test_two_that_move_below_each_other_make_no_circle(at_once, turn):
    first, second = make_channel(), make_channel()
    assert len(done(at_once([_moving(first, second), _moving(second, first)]))) == 1
    _assert_a_tree()


@pytest.mark.parametrize("turn", range(4))
def test_what_is_added_below_while_it_moves_goes_along(at_once, turn):
    top, other = make_channel(), make_channel()
    child = make_channel(parent=top)
    child_id = child.id

    def add():
        return make_channel(parent=session().get_one(Channel, child_id)).id

    answers = at_once([add, _moving(child, other), add, add])
    assert len(done(answers)) == 4
    _assert_a_tree()
