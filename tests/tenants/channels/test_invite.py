"""An invitation lets one person join a channel, once, for seven days."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import audit, clock
from kit.crypto import digest
from kit.db import session
from kit.errors import Missing, Refused
from tenants.channels import queries, services
from tenants.channels.models import ChannelUser
from tests.factories.channels import events_of, make_channel, make_person

GOOD = {
    "name": "钱多多",
    "phone": "13712345678",
    "username": "qian.duo",
    "password": "Green-tea-2026",
}


def _people() -> int:
    return session().scalar(select(func.count()).select_from(ChannelUser))


def _invite(channel, role="owner"):
    return services.invite(channel, role=role, name="钱多多", by=audit.SYSTEM)


def test_it_lets_one_person_join(in_acme):
    channel = make_channel()
    invitation, token = _invite(channel, "clerk")
    assert queries.open_invitations(channel) == [invitation]
    person = services.accept_invitation(token, **GOOD)
    assert (person.channel_id, person.role, person.phone) == (channel.id, "clerk", "+8613712345678")
    assert invitation.channel_user_id == person.id
    assert queries.open_invitations(channel) == []
    assert events_of(channel) == ["channel:added", "channel:invited", "channel:joined"]


def test_the_link_can_be_shown_again_while_it_is_open(in_acme):
    invitation, token = _invite(make_channel())
    assert invitation.token_digest == digest(token)
    assert services.token_of(invitation) == token
    services.revoke_invitation(invitation, by=audit.SYSTEM)
    with pytest.raises(Missing):
        services.token_of(invitation)


def test_it_works_once(in_acme):
    _, token = _invite(make_channel())
    services.accept_invitation(token, **GOOD)
    before = _people()
    with pytest.raises(Refused):
        services.accept_invitation(
            token, **(GOOD | {"phone": "13700000001", "username": "someone.else"})
        )
    assert _people() == before


def test_it_is_too_old_after_seven_days(in_acme):
    _, token = _invite(make_channel())
    with clock.moved(clock.now() + timedelta(days=7, seconds=1)), pytest.raises(Refused):
        services.accept_invitation(token, **GOOD)
    assert _people() == 0


def test_it_can_be_revoked(in_acme):
    channel = make_channel()
    invitation, token = _invite(channel)
    services.revoke_invitation(invitation, by=audit.SYSTEM)
    services.revoke_invitation(invitation, by=audit.SYSTEM)
    assert services.find_invited(token) is None
    with pytest.raises(Refused):
        services.accept_invitation(token, **GOOD)
    assert events_of(channel)[-1] == "channel:invitation_revoked"


def test_what_was_accepted_cannot_be_revoked(in_acme):
    invitation, token = _invite(make_channel())
    services.accept_invitation(token, **GOOD)
    with pytest.raises(Refused):
        services.revoke_invitation(invitation, by=audit.SYSTEM)
    assert invitation.revoked_at is None


def test_a_made_up_token_is_refused(in_acme):
    with pytest.raises(Refused):
        services.accept_invitation("made-up", **GOOD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "no phone"}, "phone"),
        ({"username": "ab"}, "username"),
        ({"username": "13712345678"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "Qian.duo-99"}, "password"),
    ],
)
def test_it_refuses_bad_input(in_acme, change, field):
    _, token = _invite(make_channel())
    with pytest.raises(Refused) as refusal:
        services.accept_invitation(token, **(GOOD | change))
    assert refusal.value.field == field
    assert services.find_invited(token) is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"phone": "137 1234 5678"}, "phone"), ({"username": "QIAN.duo"}, "username")],
)
def test_it_refuses_what_has_an_account(in_acme, change, field):
    channel = make_channel()
    make_person(channel, phone="13712345678", username="taken.name")
    make_person(channel, phone="13700000009", username="qian.duo")
    _, token = _invite(channel)
    other = {"phone": "13700000010", "username": "brand.new"}
    with pytest.raises(Refused) as refusal:
        services.accept_invitation(token, **(GOOD | other | change))
    assert refusal.value.field == field
    assert _people() == 2


def test_it_refuses_a_frozen_channel(in_acme):
    channel = make_channel()
    _, token = _invite(channel)
    services.freeze_channel(channel, reason="停", by=audit.SYSTEM)
    with pytest.raises(Refused, match="停"):
        _invite(channel)
    with pytest.raises(Refused, match="停"):
        services.accept_invitation(token, **GOOD)
    assert _people() == 0
