"""Every audit row reads as words: its event, the keys of its details, the kind of its record."""

import sys

import pytest

from control.console.labels import DETAILS, EVENTS
from kit.audit import Event
from tenants.accounts.wording import find_detail, name_of


def declared(top: str) -> dict[str, Event]:
    """Return every event that a module of one plane declares."""
    return {
        value.name: value
        for name, module in list(sys.modules.items())
        if name.startswith(f"{top}.")
        for value in vars(module).values()
        if isinstance(value, Event)
    }


@pytest.mark.usefixtures("app")
def test_every_event_of_the_tenant_plane_has_words():
    events = declared("tenants")
    assert len(events) > 90
    assert not [name for name in events if name_of(name) == name]


@pytest.mark.usefixtures("app")
def test_every_key_of_the_tenant_plane_has_words():
    assert not [
        f"{event.name} {key}"
        for event in declared("tenants").values()
        for key in event.keys
        if find_detail(event.name, key) is None
    ]


@pytest.mark.usefixtures("app")
def test_every_event_and_key_of_the_control_plane_has_words():
    events = declared("control")
    assert len(events) > 15
    assert not events.keys() - EVENTS.keys()
    assert not set().union(*(event.keys for event in events.values())) - DETAILS.keys()
