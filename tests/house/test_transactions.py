"""Only kit.db commits; everything else is a verb in a transaction."""

from tests.house.source import calls, name, python

COMMITTERS = {"platform/kit/db/session.py"}


def test_only_kit_db_commits():
    guilty = {
        name(path): lines
        for path in python("platform", "tenants")
        if name(path) not in COMMITTERS and (lines := calls(path, "commit"))
    }
    assert not guilty


def test_services_and_queries_know_no_web():
    guilty = [
        name(path)
        for path in python("platform", "tenants")
        if {"services", "queries", "models"} & {part.removesuffix(".py") for part in path.parts}
        and any(
            word in path.read_text(encoding="utf-8")
            for word in ("from flask", "import flask", "from kit.web", "from kit.forms")
        )
    ]
    assert not guilty


def test_only_kit_db_goes_past_the_cursor():
    """The application's cursor refuses to become somebody else; the connection below does not."""
    words = ("driver_connection", "pgconn", "raw_connection(", "dbapi_connection")
    guilty = [
        name(path)
        for path in python("platform", "tenants", "wsgi.py")
        if not name(path).startswith("platform/kit/db/")
        and any(word in path.read_text(encoding="utf-8") for word in words)
    ]
    assert not guilty
