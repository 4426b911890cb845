"""Live updates apart from who may listen: what is told, when, to how many, and how it ends."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis

from kit import clock, redis_client, tenancy
from kit.db import database, transaction
from kit.db.session import cell_key
from kit.errors import Refused
from kit.live import changed, server, tickets, topic, topics
from kit.live.hub import ASK_EVERY, TRUSTED_FOR, Hub
from kit.live.tickets import Barred, Reason, Ticket
from tenants.accounts import queries
from tests.factories.accounts import owner, sign_in
from wsgi import live_server


def ticket(person="one", number=0):
    return Ticket("t", "h", "office", person, "login", number, "nonce")


@pytest.fixture
def hub(app):
    made = Hub(lambda _workspace, logins: dict.fromkeys(logins, "one"),
               most=5, per_workspace=3, per_person=2)  # fmt: skip
    yield made
    made.stop()


def _refused():
    with transaction():
        changed("notices")
        raise Refused("no")


def test_a_word_leaves_after_the_commit_and_never_without_it(in_acme):
    ear = topics.connection().pubsub(ignore_subscribe_messages=True)
    ear.subscribe(topic(in_acme))
    ear.get_message(timeout=1)
    with pytest.raises(RuntimeError, match="transaction"):
        changed("notices")
    with pytest.raises(Refused):
        _refused()
    with transaction():
        changed("notices", ["b", "a", "a"])
        changed("notices", [])
        assert ear.get_message(timeout=0.1) is None
    heard = ear.get_message(timeout=1)
    assert topics.read(heard["data"]) == ("notices", frozenset({"a", "b"}))
    assert ear.get_message(timeout=0.1) is None
    ear.close()


def test_another_database_of_the_same_server_hears_nothing(in_acme, monkeypatch):
    here = topic(in_acme)
    number = redis_client.database_number()
    monkeypatch.setattr(topics, "database_number", lambda: number + 1)
    assert topic(in_acme) != here
    ear = topics.connection().pubsub(ignore_subscribe_messages=True)
    ear.subscribe(here)
    ear.get_message(timeout=1)
    topics.tell(in_acme, "notices")
    assert ear.get_message(timeout=0.1) is None
    monkeypatch.undo()
    topics.tell(in_acme, "notices")
    assert ear.get_message(timeout=1) is not None
    ear.close()


@pytest.mark.parametrize("kind", ["", "Notices", "a b", "x\ndata: y", "ü", "a" * 41])
def test_a_word_names_a_kind_and_nothing_else(in_acme, kind):
    with transaction(), pytest.raises(ValueError, match="names no kind"):
        changed(kind)


@pytest.mark.parametrize(
    "word",
    [b"", b"[]", b"1", b"null", b"{}", b'{"kind": 1, "people": null}', b"\xff",
     b'{"kind": "a\\nb", "people": null}', b'{"kind": "a", "people": "b"}'],
)  # fmt: skip
def test_what_nobody_of_us_wrote_is_not_read(word):
    assert topics.read(word) is None


def test_a_silent_redis_stops_no_verb(in_acme, monkeypatch):
    def fail(*_):
        raise redis.ConnectionError

    monkeypatch.setattr(topics.connection(), "publish", fail)
    with transaction():
        changed("notices")


def test_streams_are_capped(hub, in_acme):
    mine = [hub.join(in_acme, ticket("one", number)) for number in range(2)]
    third = hub.join(in_acme, ticket("one", 2))
    # The oldest makes room for the newest of the same person.
    assert [one.is_over for one in (*mine, third)] == [True, False, False]
    hub.leave(mine[0])
    hub.leave(mine[0])
    assert len(hub) == 2
    hub.join(in_acme, ticket("two"))
    with pytest.raises(Barred) as full:
        hub.join(in_acme, ticket("three"))
    assert full.value.reason == Reason.FULL
    other = tenancy.Workspace(9, "t_other", "main", "", "other.simtree.test")
    for number in range(2):
        hub.join(other, ticket(f"p{number}"))
    with pytest.raises(Barred):
        hub.join(other, ticket("p9"))


def test_a_stopped_process_ends_its_streams_and_takes_no_more(hub, in_acme):
    stream = hub.join(in_acme, ticket())
    hub.stop()
    assert stream.is_over
    with pytest.raises(Barred):
        hub.join(in_acme, ticket())


def test_nobody_is_trusted_for_long_without_an_answer(hub, in_acme):
    stream = hub.join(in_acme, ticket())
    hub._standing = lambda *_: (_ for _ in ()).throw(OSError)
    hub.look_again()
    assert not stream.is_over
    stream.confirmed -= TRUSTED_FOR + 1
    hub.look_again()
    assert stream.is_over
    assert ASK_EVERY < 60
    assert TRUSTED_FOR <= 60


def test_no_stream_opens_while_the_channel_is_silent(hub, in_acme, monkeypatch):
    monkeypatch.setattr(hub, "_listen", lambda: None)
    with pytest.raises(Barred) as silent:
        hub.join(in_acme, ticket(), patience=0.05)
    assert silent.value.reason == Reason.SILENT
    assert not len(hub)


@pytest.fixture
def live(app, in_acme, monkeypatch):
    monkeypatch.setattr(server, "HEARTBEAT", 0.05)
    made = live_server(app)
    yield made
    made.hub.stop()


def call(live, path="/live", host="", method="GET", query="", **headers):
    told = SimpleNamespace(status=0, headers={})

    def start(status, given):
        told.status, told.headers = int(status[:3]), dict(given)

    told.body = live(
        {"PATH_INFO": path, "HTTP_HOST": host, "REQUEST_METHOD": method, "QUERY_STRING": query}
        | headers,
        start,
    )
    return told


def of_owner(in_acme):
    found = queries.open_session(sign_in(owner()))
    return tickets.make_ticket(realm="office", person=found.user.public_id, login=found.public_id)


def test_a_stream_beats_tells_and_holds_no_connection(live, in_acme):
    shown = of_owner(in_acme)
    origin = f"http://{in_acme.host}:8001"
    answer = call(live, host=in_acme.host, query=f"ticket={shown}", HTTP_ORIGIN=origin)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Cache-Control"] == "no-store"
    parts = iter(answer.body)
    assert next(parts) == b"event: ready\ndata:\n\n"
    # One of the test's own, and none of the stream's.
    assert database.engines[cell_key("main")].pool.checkedout() <= 1
    seen = {next(parts) for _ in range(3)}
    assert b":\n\n" in seen
    with transaction():
        changed("notices")
    heard = b""
    for _ in range(40):
        heard += next(parts)
        if b"notices" in heard:
            break
    assert b"event: changed\ndata: notices\n\n" in heard
    assert len(live.hub) == 1
    threading.Timer(0.1, live.hub.stop).start()
    assert list(parts)[-1] == b"event: over\ndata:\n\n"
    assert len(live.hub) == 0


def test_a_reader_that_went_away_gives_its_place_back(live, in_acme):
    for is_begun in (True, False):
        query = f"ticket={of_owner(in_acme)}"
        answer = call(live, host=in_acme.host, query=query)
        if is_begun:
            next(iter(answer.body))
        answer.body.close()
        assert len(live.hub) == 0


def test_what_else_the_process_answers(live, in_acme):
    assert call(live, "/healthz").status == 200
    assert call(live, "/readyz").status == 200
    assert call(live, "/login", host=in_acme.host).status == 404
    assert call(live, method="POST", host=in_acme.host).status == 405
    assert call(live, host="nobody.simtree.test").status == 404
    barred = call(live, host=in_acme.host, query="ticket=x")
    assert barred.status == 403
    # Not a word about why: that is for the log.
    assert b"".join(barred.body) == b'{"status": "Forbidden"}'


def test_a_workspace_that_is_not_served_has_no_streams(live, in_acme, monkeypatch):
    shown = of_owner(in_acme)
    closed = tenancy.Workspace(
        in_acme.id, in_acme.schema, "main", "", in_acme.host, access=tenancy.Access.SUSPENDED
    )
    monkeypatch.setattr(live, "_directory", SimpleNamespace(by_address=lambda _: closed))
    assert call(live, host=in_acme.host, query=f"ticket={shown}").status == 503
    assert live._still_standing(in_acme, ["x"]) == {}


def test_streams_may_have_a_port_of_their_own(live, in_acme, monkeypatch):
    settings = server.get_settings().model_copy(update={"live_port": 8001})
    monkeypatch.setattr(server, "get_settings", lambda: settings)
    host = in_acme.host.partition(":")[0]
    query = f"ticket={of_owner(in_acme)}"
    answer = call(live, host=f"{host}:8001", query=query)
    assert answer.status == 200
    answer.body.close()
    assert call(live, host=f"{host}:8002", query=query).status == 404


def test_a_ticket_says_until_when(in_acme):
    with clock.moved(clock.now() - timedelta(minutes=5)):
        old = of_owner(in_acme)
    with pytest.raises(Barred) as barred:
        tickets.read_ticket(old, in_acme)
    assert barred.value.reason == Reason.EXPIRED
