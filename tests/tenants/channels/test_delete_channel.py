"""A channel without live children can be deleted, and restored."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.accounts.permissions import Permission
from tenants.channels import queries, services
from tests.factories.accounts import everything
from tests.factories.channels import events_of, make_chain, make_channel, make_person, sign_in


def test_it_deletes_and_restores(in_acme):
    channel = make_channel()
    services.delete_channel(channel, by=audit.SYSTEM)
    services.delete_channel(channel, by=audit.SYSTEM)
    assert channel.deleted_at is not None
    within = everything(Permission.Channel.VIEW)
    assert queries.search_tree(channel.name, within) == []
    services.restore_channel(channel, by=audit.SYSTEM)
    services.restore_channel(channel, by=audit.SYSTEM)
    assert channel.deleted_at is None
    assert events_of(channel) == ["channel:added", "channel:deleted", "channel:restored"]


def test_it_refuses_while_sub_agents_live(in_acme):
    root, child = make_chain(1)
    with pytest.raises(Refused, match=root.name):
        services.delete_channel(root, by=audit.SYSTEM)
    assert root.deleted_at is None
    services.delete_channel(child, by=audit.SYSTEM)
    services.delete_channel(root, by=audit.SYSTEM)
    assert root.deleted_at is not None
    with pytest.raises(Refused, match=root.name):
        services.restore_channel(child, by=audit.SYSTEM)


def test_it_ends_its_peoples_log_ins(in_acme):
    channel = make_channel()
    person = make_person(channel)
    token = sign_in(person)
    services.delete_channel(channel, by=audit.SYSTEM)
    assert services.person_behind(token) is None
    with pytest.raises(Refused):
        sign_in(person)
