"""What a plan includes of a month's orders, room and calls: held in the verbs, counted cheaply."""

import io
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import delete, func, select, update

from control.billing.limits import Counted, Limit
from kit import audit, clock, files
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from kit.redis_client import connection
from kit.tenancy import current
from tenants.accounts import api_calls, counters, limits, room
from tenants.accounts.models import StoredFile, UsageCount
from tenants.billing import mending, usage
from tenants.bulk.services import receive_import
from tenants.notices.models import Notice
from tenants.orders.models import Order
from tenants.orders.services import TurnedAway, place_order, tell_turned_away
from tests.factories import accounts
from tests.factories.billing import limit
from tests.factories.channels import make_channel, make_person
from tests.factories.customers import make_customer
from tests.factories.orders import new_order as any_order
from tests.factories.records import make_attachment, make_document

MEGABYTE = 2**20
_phones = count(13_700_200_000)


def new_order():
    """An order of somebody who has none yet."""
    return any_order(recipient_phone=str(next(_phones)))


def make_order():
    return place_order(new_order(), channel=None, by=audit.SYSTEM)


def month() -> str:
    return counters.month_of(clock.now())


def orders_counted() -> int | None:
    return counters.amount(Counted.ORDERS, period=month())


def test_an_order_beyond_a_hard_limit_leaves_nothing_behind(in_acme):
    make_order()
    limit(in_acme, orders_month=Limit(2))
    order = new_order()
    placed = place_order(order, channel=None, by=audit.SYSTEM)
    with pytest.raises(Refused, match="larger plan") as refusal:
        make_order()
    assert "new month begins on" in str(refusal.value)
    assert session().scalar(select(func.count()).select_from(Order)) == 2
    assert orders_counted() == 2
    # The same click again is no further order.
    assert place_order(order, channel=None, by=audit.SYSTEM).id == placed.id


def test_a_soft_limit_counts_and_lets_go_on(in_acme):
    limit(in_acme, orders_month=Limit(1, is_hard=False))
    make_order()
    make_order()
    assert orders_counted() == 2


def test_a_month_begins_anew_in_the_workspaces_zone(in_acme):
    limit(in_acme, orders_month=Limit(1))
    begins_at = counters.bounds_of(month())[1]
    with clock.moved(begins_at - timedelta(seconds=1)):
        make_order()
        with pytest.raises(Refused):
            make_order()
    with clock.moved(begins_at):
        make_order()
        assert orders_counted() == 1


def test_a_workspace_older_than_its_counter_is_counted_once(in_acme):
    make_order()
    make_order()
    session().execute(delete(UsageCount))
    make_order()
    assert orders_counted() == 3


def test_who_orders_from_outside_is_turned_away_politely_and_the_owner_told_once_a_day(in_acme):
    owner = accounts.owner()
    limit(in_acme, orders_month=Limit(0))
    channel = make_channel()
    seller = make_person(channel)
    for _ in range(2):
        with pytest.raises(TurnedAway, match="Nothing was ordered") as refusal:
            place_order(new_order(), channel=channel, by=seller)
        tell_turned_away()
    assert "plan" not in str(refusal.value)
    told = session().scalars(select(Notice).where(Notice.kind == "orders:turned_away")).all()
    assert [one.user_id for one in told] == [owner.id]
    with clock.moved(clock.now() + timedelta(days=1)):
        tell_turned_away()
    assert session().scalar(select(func.count()).select_from(Notice)) == 2


def test_room_is_counted_for_every_way_in_and_given_back(in_acme):
    customer = make_customer()
    attached = make_attachment(customer, name="a.pdf", body=b"%PDF-1.7" + b"x" * 1_000)
    document = make_document(name="b.pdf", body=b"%PDF-1.7" + b"y" * 2_000)
    there = attached.size + document.size
    assert counters.amount(Counted.STORAGE) == there
    kept = room.store(io.BytesIO(b"z" * 500))
    assert counters.amount(Counted.STORAGE) == there + 500
    room.remove(kept.key)
    room.remove(kept.key)
    assert counters.amount(Counted.STORAGE) == there
    assert session().scalar(select(func.count()).select_from(StoredFile)) == 2


def test_a_file_beyond_a_hard_limit_is_refused_before_it_is_stored(in_acme):
    customer = make_customer()
    before = files.stored_keys()
    limit(in_acme, storage_mb=Limit(1))
    room.store(io.BytesIO(b"x" * (MEGABYTE - 100)))
    for store in (
        lambda: make_attachment(customer, name="a.pdf", body=b"%PDF-1.7" + b"x" * 100),
        lambda: make_document(name="b.pdf", body=b"%PDF-1.7" + b"x" * 100),
        lambda: receive_import(
            io.BytesIO(b"a,b\n" * 50), kind=None, file_name="x.csv", options={}, by=audit.SYSTEM
        ),
    ):
        with pytest.raises(Refused, match="no room for this file") as refusal:
            store()
        assert refusal.value.field
    assert counters.amount(Counted.STORAGE) == MEGABYTE - 100
    assert len(files.stored_keys()) == len(before) + 1
    limit(in_acme, storage_mb=Limit(1, is_hard=False))
    make_attachment(customer, name="a.pdf", body=b"%PDF-1.7" + b"x" * 100)


def test_an_export_is_counted_and_never_refused(in_acme):
    limit(in_acme, storage_mb=Limit(0))
    kept = room.keep(io.BytesIO(b"x" * 100), make_order().public_id)
    assert counters.amount(Counted.STORAGE) == 100
    # Killed and written again under the same key.
    room.keep(io.BytesIO(b"x" * 60), kept.key)
    assert counters.amount(Counted.STORAGE) == 60


def test_the_comparison_mends_what_differs_and_says_so(in_acme):
    make_order()
    files.remove_all()
    lost, known = files.store(io.BytesIO(b"x" * 10)), room.store(io.BytesIO(b"y" * 20))
    gone = room.store(io.BytesIO(b"z" * 40))
    files.discard(gone.key)
    counters.put(Counted.ORDERS, 7, period=month())
    mending.mend_orders()
    mending.mend_room()
    assert orders_counted() == 1
    # What was entered today may still be on its way.
    assert counters.amount(Counted.STORAGE) == 70
    session().execute(update(StoredFile).values(created_at=clock.now() - timedelta(days=2)))
    session().commit()
    mending.mend_room()
    assert counters.amount(Counted.STORAGE) == 30
    assert set(session().scalars(select(StoredFile.key))) == {lost.key, known.key}
    mended = select(AuditEntry.details).where(AuditEntry.event == "billing:count_mended")
    found = session().scalars(mended.order_by(AuditEntry.id)).all()
    assert [(one["before"], one["after"]) for one in found] == [(7, 1), (60, 70), (70, 30)]
    mending.mend_orders()
    mending.mend_room()
    assert len(session().scalars(mended).all()) == 3


@pytest.fixture
def no_calls(in_acme):
    for key in connection().scan_iter(in_acme.key("api-calls", "*")):
        connection().delete(key)


def test_calls_are_counted_and_held(no_calls, in_acme):
    limit(in_acme, api_calls_month=Limit(3))
    for _ in range(3):
        api_calls.count_call()
    for _ in range(2):
        with pytest.raises(Refused, match="used up"):
            api_calls.count_call()
    assert usage.used()[Counted.API_CALLS] == 3
    limit(in_acme, api_calls_month=Limit(3, is_hard=False))
    api_calls.count_call()
    assert usage.used()[Counted.API_CALLS] == 4


def test_calls_survive_redis_forgetting_and_are_never_doubled(no_calls, in_acme):
    for _ in range(api_calls.WRITTEN_EVERY + 5):
        api_calls.count_call()
    assert counters.amount(Counted.API_CALLS, period=month()) == 100
    connection().delete(in_acme.key("api-calls", month()))
    api_calls.count_call()
    assert api_calls.calls_in(month()) == 101
    api_calls.write_calls(month())
    api_calls.write_calls(month())
    assert counters.amount(Counted.API_CALLS, period=month()) == 101


def test_calls_go_on_while_redis_is_away(no_calls, in_acme, monkeypatch):
    limit(in_acme, api_calls_month=Limit(0))
    monkeypatch.setattr(
        api_calls, "connection", lambda: redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    )
    monkeypatch.setattr(api_calls, "_rests_until", 0.0)
    api_calls.count_call()
    assert api_calls.calls_in(month()) == 0
    # Nobody waits for it again within seconds.
    monkeypatch.setattr(api_calls, "connection", lambda: pytest.fail("asked again"))
    api_calls.count_call()
    monkeypatch.setattr(api_calls, "_rests_until", 0.0)


def test_the_home_page_knows_without_counting(in_acme):
    limit(in_acme, orders_month=Limit(5), seats=Limit(10_000))
    for _ in range(4):
        make_order()
    assert [(one.counted, one.share) for one in limits.near_limits()] == [(Counted.ORDERS, 80)]


def test_administrators_hear_of_each_share_once_in_a_month(in_acme):
    owner = accounts.owner()
    limit(in_acme, orders_month=Limit(5, is_hard=False))

    def told() -> list[str]:
        rows = session().scalars(select(Notice).where(Notice.user_id == owner.id))
        return [one.kind for one in rows if one.kind.startswith("billing:")]

    usage.read_usage()
    assert told() == []
    for _ in range(4):
        make_order()
    usage.read_usage()
    usage.read_usage()
    assert told() == ["billing:limit_near"]
    make_order()
    usage.read_usage()
    usage.read_usage()
    assert told() == ["billing:limit_near", "billing:limit_reached"]
    limit(in_acme, orders_month=Limit(6))
    usage.read_usage()
    assert told() == ["billing:limit_near", "billing:limit_reached", "billing:limit_near"]


def test_the_last_order_of_a_limit_is_one_mans(at_once):
    limit(current(), orders_month=Limit((orders_counted() or 0) + 3))
    news = [new_order() for _ in range(6)]
    session().commit()
    answers = at_once([lambda new=new: _place(new) for new in news])
    refused = [one for one in answers if isinstance(one, Refused)]
    assert len(refused) == 3
    limit(current())
    mending.mend_orders()
    audited = select(AuditEntry).where(AuditEntry.event == "billing:count_mended")
    assert session().scalars(audited).all() == []


def _place(new):
    """Place an order in a thread of its own, with rows of its own session."""
    mine = session().merge
    lines = [replace(one, product=mine(one.product)) for one in new.lines]
    fresh = replace(new, customer=mine(new.customer), lines=lines)
    return place_order(fresh, channel=None, by=audit.SYSTEM).id


def test_the_last_room_of_a_limit_is_one_mans(at_once):
    used = counters.amount(Counted.STORAGE) or 0
    limit(current(), storage_mb=Limit(used // MEGABYTE + 2))
    answers = at_once([lambda: room.store(io.BytesIO(b"x" * MEGABYTE)) for _ in range(5)])
    kept = [one for one in answers if not isinstance(one, Refused)]
    assert len(kept) in {1, 2}
    assert counters.amount(Counted.STORAGE) == used + len(kept) * MEGABYTE
    limit(current())
    at_once([lambda key=one.key: room.remove(key) for one in kept for _ in range(2)])
    assert counters.amount(Counted.STORAGE) == used


def test_calls_at_once_are_each_counted_once(at_once):
    known = api_calls.calls_in(month())
    limit(current(), api_calls_month=Limit(known + 30))
    connection().delete(current().key("api-calls", month()))
    api_calls.write_calls(month())
    answers = at_once([lambda: [api_calls.count_call() for _ in range(5)]] * 5)
    assert not [one for one in answers if isinstance(one, Refused)]
    assert api_calls.calls_in(month()) == known + 25
    answers = at_once([api_calls.count_call] * 8)
    assert len([one for one in answers if isinstance(one, Refused)]) == 3
    limit(current())
    connection().delete(current().key("api-calls", month()))
