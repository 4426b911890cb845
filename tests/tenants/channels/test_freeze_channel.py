"""A frozen channel and all below it neither sell nor sign in, and are told why."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.channels import services
from tenants.channels.models import ChannelState
from tests.factories.channels import events_of, make_chain, make_channel, make_person, sign_in


def test_it_stops_the_whole_branch(in_acme):
    root, child = make_chain(1)
    person = make_person(child)
    token = sign_in(person)
    services.freeze_channel(root, reason="欠缴款", by=audit.SYSTEM)
    for channel in (root, child):
        with pytest.raises(Refused, match="欠缴款"):
            services.refuse_if_frozen(channel)
    assert services.person_behind(token) is None
    with pytest.raises(Refused, match="欠缴款"):
        sign_in(person)


def test_others_go_on(in_acme):
    frozen, other = make_channel(), make_channel()
    services.freeze_channel(frozen, reason="x", by=audit.SYSTEM)
    services.refuse_if_frozen(other)


def test_it_thaws(in_acme):
    channel = make_channel()
    person = make_person(channel)
    services.freeze_channel(channel, reason="x", by=audit.SYSTEM)
    services.unfreeze_channel(channel, by=audit.SYSTEM)
    services.refuse_if_frozen(channel)
    assert channel.frozen_reason is None
    assert sign_in(person)
    assert events_of(channel)[-2:] == ["channel:frozen", "channel:unfrozen"]


def test_it_needs_a_reason(in_acme):
    channel = make_channel()
    with pytest.raises(Refused) as refusal:
        services.freeze_channel(channel, reason=" ", by=audit.SYSTEM)
    assert refusal.value.field == "reason"
    assert channel.state == ChannelState.ACTIVE


def test_it_refuses_twice(in_acme):
    channel = make_channel()
    services.freeze_channel(channel, reason="x", by=audit.SYSTEM)
    with pytest.raises(Refused):
        services.freeze_channel(channel, reason="y", by=audit.SYSTEM)
    assert channel.frozen_reason == "x"
    services.unfreeze_channel(channel, by=audit.SYSTEM)
    with pytest.raises(Refused):
        services.unfreeze_channel(channel, by=audit.SYSTEM)


def test_a_parent_thaws_only_what_a_parent_froze(in_acme):
    root, child = make_chain(1)
    boss = make_person(root)
    services.freeze_channel(child, reason="x", by=boss)
    services.unfreeze_channel(child, by=boss)
    services.freeze_channel(child, reason="y", by=audit.SYSTEM)
    with pytest.raises(Refused):
        services.unfreeze_channel(child, by=boss)
    assert child.state == ChannelState.FROZEN


def test_a_frozen_person_is_shut_out(in_acme):
    channel = make_channel()
    boss, clerk = make_person(channel), make_person(channel, role="clerk")
    token = sign_in(clerk)
    services.freeze_person(clerk, by=boss)
    services.freeze_person(clerk, by=boss)
    assert services.person_behind(token) is None
    with pytest.raises(Refused):
        sign_in(clerk)
    services.unfreeze_person(clerk, by=boss)
    services.unfreeze_person(clerk, by=boss)
    assert sign_in(clerk)
    assert events_of(channel)[-2:] == ["channel:person_frozen", "channel:person_unfrozen"]


def test_nobody_freezes_themselves(in_acme):
    boss = make_person(make_channel())
    with pytest.raises(Refused):
        services.freeze_person(boss, by=boss)
    assert boss.is_active
