"""A stream of live updates must be attacked across workspaces before it is served at all."""

from tests.attacks import test_live
from tests.attacks.catalogue import ATTEMPTS
from tests.house.source import name, python

STREAM = "text/event-" + "stream"


def test_every_stream_is_attacked():
    assert test_live.__name__
    streams = [
        name(path)
        for path in python("platform", "tenants", "wsgi.py")
        if STREAM in path.read_text(encoding="utf-8")
    ]
    attacked = [one for one in ATTEMPTS.values() if one.group == "live updates"]
    assert not streams or attacked, f"try to read another workspace's stream: {streams}"
