"""An edit changes what is known of a channel; a stale one is refused."""

import pytest

from kit import audit
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.channels import services
from tests.factories.channels import events_of, make_chain, make_channel, make_grade


def _edit(channel, **changes):
    kept = {
        "version": channel.version,
        "name": channel.name,
        "kind": channel.kind,
        "contact_name": channel.contact_name,
        "contact_phone": channel.contact_phone,
        "grade": channel.grade,
        "manager": channel.manager,
        "share": channel.share,
        "region": channel.region,
        "remark": channel.remark,
    }
    return services.edit_channel(channel, **(kept | changes), by=audit.SYSTEM)


def test_it_changes_and_says_what(in_acme):
    channel = make_channel(name="甲")
    grade = make_grade()
    _edit(channel, name="乙", contact_phone="13700137000", grade=grade)
    assert (channel.name, channel.sort_key, channel.version) == ("乙", "yi", 2)
    assert channel.contact_phone == "+8613700137000"
    entry = session().query(AuditEntry).filter_by(event="channel:edited").one()
    assert sorted(entry.details["changed"]) == ["contact_phone", "grade", "name"]


def test_it_refuses_a_stale_version(in_acme):
    channel = make_channel(name="甲")
    _edit(channel, remark="first")
    with pytest.raises(Refused):
        _edit(channel, version=1, name="乙")
    assert channel.name == "甲"
    assert events_of(channel) == ["channel:added", "channel:edited"]


def test_it_refuses_a_name_that_is_taken(in_acme):
    make_channel(name="甲")
    other = make_channel(name="乙")
    with pytest.raises(Refused) as refusal:
        _edit(other, name="甲")
    assert refusal.value.field == "name"
    assert other.name == "乙"


def test_it_refuses_a_deleted_channel(in_acme):
    channel = make_channel()
    services.delete_channel(channel, by=audit.SYSTEM)
    with pytest.raises(Refused):
        _edit(channel, name="乙")


def test_a_parent_sets_a_share(in_acme):
    _, child = make_chain(1_000)
    services.set_share(child, share=10_000, by=audit.SYSTEM)
    assert child.share == 10_000
    assert events_of(child)[-1] == "channel:share_set"


@pytest.mark.parametrize("share", [-1, 10_001])
def test_a_share_has_bounds(in_acme, share):
    _, child = make_chain(1_000)
    with pytest.raises(Refused):
        services.set_share(child, share=share, by=audit.SYSTEM)
    assert child.share == 1_000


def test_a_root_has_no_share(in_acme):
    with pytest.raises(Refused):
        services.set_share(make_channel(), share=1, by=audit.SYSTEM)
