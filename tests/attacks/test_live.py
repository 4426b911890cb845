"""The stream of live updates: who may listen, where, for how long, and to whose words."""

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from kit import clock
from kit.db import session, transaction, workspace_scope
from kit.live import changed, make_ticket, topic
from kit.live.hub import ANYTHING
from kit.live.tickets import GOOD_FOR, Barred, Reason
from kit.settings import get_settings
from tenants.accounts import queries, services
from tests.attacks.catalogue import attempt
from tests.factories.accounts import make_user, owner, sign_in
from wsgi import live_server

LIVE = "live updates"


@pytest.fixture
def server(app, in_acme):
    made = live_server(app)
    yield made
    made.hub.stop()


def log_in(user):
    """A log-in of a person: its token, and a ticket for it."""
    token = sign_in(user)
    found = queries.open_session(token)
    made = make_ticket(realm="office", person=user.public_id, login=found.public_id)
    session().commit()
    return token, made


def at(place, ticket, /, **more):
    headers = more.pop("headers", {})
    query = "&".join(f"{key}={value}" for key, value in {"ticket": ticket, **more}.items())
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/live",
        "HTTP_HOST": place.host,
        "QUERY_STRING": query,
        **headers,
    }


def refused(server, environ):
    """Why somebody is not let in, as the process itself knows it."""
    with pytest.raises(Barred) as barred:
        server.admit(environ)
    assert not len(server.hub)
    return barred.value.reason


def hears(stream, *, kind="notices"):
    """Wait for a word; tell whether it was this one."""
    for _ in range(20):
        if not stream.woken.wait(0.1):
            continue
        stream.woken.clear()
        if kind in stream.pending:
            return True
    return False


def say(*people, kind="notices"):
    with transaction():
        changed(kind, [one.public_id for one in people])


@attempt("live-ticket", LIVE, "acme's ticket at rival's host", stopped_by="host and id are signed")
def test_a_ticket_is_good_at_its_own_host(server, in_acme, rival):
    _token, ticket = log_in(owner())
    assert refused(server, at(rival, ticket)) == Reason.ELSEWHERE
    assert refused(server, at(rival, ticket, workspace=in_acme.schema)) == Reason.ELSEWHERE
    headers = {"HTTP_X_FORWARDED_HOST": in_acme.host, "HTTP_FORWARDED": f"host={in_acme.host}"}
    assert refused(server, at(rival, ticket, headers=headers)) == Reason.ELSEWHERE
    # It was not used up by that, and opens what it is for.
    assert server.admit(at(in_acme, ticket)).workspace.schema == in_acme.schema


@attempt("live-host", LIVE, "a host that is no workspace's", stopped_by="only Host counts")
@pytest.mark.parametrize(
    "host", ["simtree.test", "console.simtree.test", "nobody.simtree.test", "evil.test", ""]
)
def test_a_host_without_a_workspace_has_no_stream(server, in_acme, host):
    _token, ticket = log_in(owner())
    environ = at(in_acme, ticket) | {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": in_acme.host}
    assert refused(server, environ) == Reason.NO_WORKSPACE


@attempt("live-tampered", LIVE, "a ticket rewritten for rival", stopped_by="signature")
def test_a_rewritten_ticket_is_none(server, in_acme, rival):
    _token, ticket = log_in(owner())
    body, _dot, signature = ticket.rpartition(".")
    plain = URLSafeSerializer("x")
    read = plain.load_payload(body.encode())
    assert read["workspace"] == in_acme.schema
    for change in (
        {"workspace": rival.schema, "host": rival.host},
        {"person": make_user().public_id},
        {"expires": read["expires"] + 9_000},
    ):
        forged = plain.dump_payload(read | change).decode() + "." + signature
        place = rival if "host" in change else in_acme
        assert refused(server, at(place, forged)) == Reason.FORGED


@attempt("live-signed", LIVE, "something else that we signed", stopped_by="a salt for each purpose")
def test_nothing_else_that_we_sign_is_a_ticket(server, in_acme):
    _token, ticket = log_in(owner())
    body = URLSafeSerializer("x").load_payload(ticket.rpartition(".")[0].encode())
    key = get_settings().secret_key.get_secret_value()
    for salt in ("cookie-session", "simtree:links", ""):
        made = URLSafeSerializer(key, salt=salt).dumps(body)
        assert refused(server, at(in_acme, made)) == Reason.FORGED
    for wrong in ("", "x", "." * 40, ticket[:-1]):
        assert refused(server, at(in_acme, wrong)) == Reason.FORGED
    assert refused(server, at(in_acme, f"x&ticket={ticket}")) == Reason.FORGED


@attempt("live-cookie", LIVE, "the log-in cookie without a ticket", stopped_by="cookies are unread")
def test_a_cookie_opens_no_stream(server, in_acme):
    token, _ticket = log_in(owner())
    environ = at(in_acme, "") | {"HTTP_COOKIE": f"office={token}"}
    assert refused(server, environ) == Reason.FORGED


@attempt("live-person", LIVE, "a colleague's words by parameters", stopped_by="the ticket's person")
def test_nobody_hears_what_is_for_another(server, in_acme):
    me, boss = make_user(), owner()
    _token, ticket = log_in(me)
    stream = server.admit(
        at(in_acme, ticket, person=boss.public_id, topic=boss.public_id, people=boss.public_id)
    )
    say(boss)
    say(me, kind="mine")
    assert hears(stream, kind="mine")
    assert stream.pending <= {"mine", ANYTHING}


@attempt("live-channel", LIVE, "rival's channel by name", stopped_by="the channel is the host's")
def test_nobody_hears_another_workspaces_channel(server, in_acme, rival):
    _token, ticket = log_in(owner())
    name = topic(rival)
    stream = server.admit(at(in_acme, ticket, channel=name, topic=name, workspace=rival.schema))
    with workspace_scope(rival):
        # To everybody there, and to acme's person by name.
        with transaction():
            changed("theirs")
        say(make_user(), kind="theirs")
    with workspace_scope(rival), transaction():
        changed("theirs", [stream.ticket.person])
    say(owner(), kind="mine")
    assert hears(stream, kind="mine")
    assert stream.pending <= {"mine", ANYTHING}
    assert topic(in_acme) != name
    assert in_acme.schema in topic(in_acme)


@attempt("live-expired", LIVE, "a ticket of a minute ago", stopped_by="half a minute, signed")
def test_an_old_ticket_is_none(server, in_acme):
    _token, ticket = log_in(owner())
    with clock.moved(clock.now() + GOOD_FOR + timedelta(seconds=2)):
        assert refused(server, at(in_acme, ticket)) == Reason.EXPIRED


@attempt("live-replay", LIVE, "a ticket a second time", stopped_by="its number is used up in Redis")
def test_a_ticket_is_good_once(server, in_acme):
    _token, ticket = log_in(owner())
    stream = server.admit(at(in_acme, ticket))
    server.hub.leave(stream)
    assert refused(server, at(in_acme, ticket)) == Reason.USED


@attempt(
    "live-signed-out", LIVE, "a ticket after the log-out", stopped_by="the log-in is asked for"
)
def test_a_ticket_ends_with_its_log_in(server, in_acme):
    token, ticket = log_in(owner())
    services.sign_out(token)
    session().commit()
    assert refused(server, at(in_acme, ticket)) == Reason.SIGNED_OUT


@attempt("live-revoked", LIVE, "a stream that outlives its log-in", stopped_by="asked every 20 s")
@pytest.mark.parametrize("how", ["sign out", "all ended", "disabled", "locked"])
def test_a_stream_ends_with_its_log_in(server, in_acme, how):
    user = make_user()
    token, ticket = log_in(user)
    _other, standing = log_in(owner())
    stream, other = server.admit(at(in_acme, ticket)), server.admit(at(in_acme, standing))
    server.hub.look_again()
    assert not stream.is_over
    match how:
        case "sign out":
            services.sign_out(token)
        case "all ended":
            services.end_sessions(user, by=owner())
        case "disabled":
            services.disable_user(user, by=owner())
        case "locked":
            services.lock_screen(queries.open_session(token))
    session().commit()
    server.hub.look_again()
    assert stream.is_over
    assert not other.is_over


@attempt("live-origin", LIVE, "a page of another host listens", stopped_by="the Origin is compared")
def test_a_page_elsewhere_does_not_listen(server, in_acme, rival):
    _token, ticket = log_in(owner())
    for origin in (f"http://{rival.host}", "https://evil.test", "null"):
        environ = at(in_acme, ticket, headers={"HTTP_ORIGIN": origin})
        assert refused(server, environ) == Reason.FOREIGN_PAGE
