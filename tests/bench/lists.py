"""Lists of a million rows against the best statements one would write by hand.

What is compared is the SQL of the rows, as the server counts its time: the statement that the list
sends, with its parameters, against a hand-written one for the columns that are shown.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

from flask import current_app
from sqlalchemy import Select, event, select
from werkzeug.datastructures import MultiDict

from control.workspaces.directory import directory
from kit.db import database, session, transaction, workspace_scope
from kit.db.session import cell_key
from kit.web import Listing
from tenants.accounts.models import DataScope, User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.channels.models import Channel
from tenants.customers import queries as customers
from tenants.customers.listing import LISTING as CUSTOMERS
from tenants.numbers.models import Number
from tenants.numbers.views.listing import NUMBERS
from tenants.orders import queries as orders
from tenants.orders.listing import LISTING as ORDERS
from tests.bench import direct
from tests.bench.frame import ROUNDS, WARM_UP, Figure, Limit
from tests.factories.accounts import make_role, make_unit, make_user
from tests.factories.channels import make_channel
from tests.factories.numbers import make_pool

ROWS = 1_000_000
CHANNELS = 200
SEARCHED = 2.0
Sent = tuple[str, Any]
# Ids of the rows made here are far above any other, and rise with time.
_BASE = 10_000_000_000
_NAME = (
    "substr('王李张刘陈杨赵黄周吴', mod(i, 10) + 1, 1)"
    " || chr(19968 + mod(i * 7919::bigint, 2503)::int)"
    " || chr(19968 + mod(i * 104729::bigint, 2477)::int)"
)
_TABLES = {
    "customers": f"""
        INSERT INTO customers (id, public_id, created_at, kind, name, sort_key, contact_name, email,
            industry, credit, province, city, district, remark, channel_id, version)
        SELECT {_BASE} + i, 'c' || lpad(i::text, 25, '0'), now(), 'person', {_NAME}, 'x' || i,
            '', '', '', 'normal', '江苏', '扬州', '', '',
            (%(channels)s::bigint[])[mod(i, {CHANNELS}) + 1], 1
        FROM generate_series(1, {ROWS}) AS i""",
    "orders": f"""
        INSERT INTO orders (id, public_id, created_at, number, submission, customer_id, channel_id,
            chain_path, placed_at, placed_by_kind, placed_by_id, placed_by_name, state, hold_cause,
            payment_state, state_since, flag, total_amount, currency, traded_on, delivery_mode,
            recipient_name, province, city, district, remark, version)
        SELECT {_BASE} + i, 'o' || lpad(i::text, 25, '0'), now(), '8' || lpad(i::text, 13, '0'),
            'bench' || i, {_BASE} + i, (%(channels)s::bigint[])[mod(i, {CHANNELS}) + 1], '',
            timestamptz '2025-01-01' + i * interval '20 s', 'user', 'x', 'x',
            (ARRAY['new', 'audited', 'completed', 'completed', 'completed'])[mod(i, 5) + 1], '',
            'unpaid', now(), '', mod(i, 1000), 'CNY', '2025-01-01', 'counter', {_NAME},
            '', '', '', '', 1
        FROM generate_series(1, {ROWS}) AS i""",
    "numbers": f"""
        INSERT INTO numbers (id, public_id, created_at, msisdn, tail, bigrams, has_four, pool_id,
            carrier, province, city, is_home_guessed, number_class, pattern, extra_amount,
            minimum_spend, state, changed_at)
        SELECT {_BASE} + i, 'n' || lpad(i::text, 25, '0'), now(), m, right(m, 4),
            ARRAY(SELECT DISTINCT substr(m, at, 2) FROM generate_series(1, 10) AS at), false,
            %(pool)s, 'mobile', '江苏', '扬州', false, '', '', 0, 0, 'available', now()
        FROM (SELECT i, '19' || lpad(mod(i * 7919::bigint, 1000000007)::text, 9, '0') AS m
              FROM generate_series(1, {ROWS}) AS i) AS made""",
}


@dataclass(frozen=True)
class Place:
    """The workspace of the million rows, and who looks at them."""

    schema: str
    viewer: User
    channels: list[int]
    """Those of the viewer's unit."""

    def spend(self, *asked: Sent) -> list[float]:
        """Return what statements cost the server, planning included: medians, run in turn."""
        spent: list[list[float]] = [[] for _ in asked]
        with direct.connection() as connection:
            connection.execute(f'SET search_path TO "{self.schema}"'.encode())
            for turn in range(WARM_UP + ROUNDS):
                for times, (statement, parameters) in zip(spent, asked, strict=True):
                    explained = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}"
                    found = connection.execute(explained.encode(), parameters).fetchone()
                    assert found is not None
                    if turn >= WARM_UP:
                        times.append(found[0][0]["Planning Time"] + found[0][0]["Execution Time"])
        return [median(times) for times in spent]


def measure() -> Iterator[Figure | Limit]:
    """Yield the figures of rows within a data scope, and of search by parts of texts."""
    tenant = directory.by_address("acme")
    assert tenant is not None
    with workspace_scope(tenant), current_app.test_request_context("/orders/"):
        place = _fill(tenant.schema)
        yield from _rows(place)
        yield from _searches(place)


def _rows(place: Place) -> Iterator[Figure]:
    middle = f"o{ROWS // 2:025}"
    all_orders = orders.orders()
    reached = all_orders.where(orders.reached(reach_of(place.viewer, Permission.Order.VIEW)))
    scope = """(o.channel_id IN (SELECT below.id FROM channels AS below JOIN channels AS top
                ON below.path LIKE top.path || '%%'
                WHERE top.unit_id = %(unit)s OR top.manager_id = %(me)s)
            OR o.handler_id IN (SELECT id FROM users WHERE unit_id = %(unit)s)
            OR o.placed_by_id = %(key)s)"""
    known = {
        "unit": place.viewer.unit_id,
        "me": place.viewer.id,
        "key": place.viewer.public_id,
        "middle": _BASE + ROWS // 2,
    }
    asked: list[tuple[str, Select[Any], dict[str, str], str]] = [
        ("all", all_orders, {}, "true"),
        (f"{len(place.channels)} of {CHANNELS} channels", reached, {}, scope),
        (
            "the same and a state",
            reached,
            {"status": "new"},
            f"{scope} AND o.state = 'new'",
        ),
    ]
    for words, statement, args, condition in asked:
        for where, more, beyond in (
            ("first page", {}, ""),
            ("after 500,000 rows", {"after": middle}, "AND o.id < %(middle)s"),
        ):
            by_hand = _BY_HAND.format(where=f"{condition} {beyond}")
            ours, raw = place.spend(_sent(ORDERS, statement, args | more), (by_hand, known))
            yield Figure(
                f"Rows of a list of a million, {words}: {where}",
                ours,
                raw,
                goal=2.0,
                note="planning and execution; raw: the shown columns by hand, keyset by id",
            )


_BY_HAND = """
SELECT o.public_id, o.number, c.name, ch.name, o.total_amount, o.currency, o.state, o.payment_state,
    o.placed_at, o.recipient_phone_cipher
FROM (SELECT * FROM orders AS o WHERE {where} ORDER BY id DESC LIMIT 21) AS o
JOIN customers AS c ON c.id = o.customer_id LEFT JOIN channels AS ch ON ch.id = o.channel_id
ORDER BY o.id DESC
"""


def _searches(place: Place) -> Iterator[Limit]:
    live = customers.live_customers()
    name = session().scalar(select(_name_of(500_000)))
    asked: list[tuple[str, Listing, Select[Any], dict[str, str]]] = [
        ("customers by two characters of a name", CUSTOMERS, live, {"name": str(name)[1:]}),
        ("customers by a whole name", CUSTOMERS, live, {"name": str(name)}),
        ("customers by a name that nobody has", CUSTOMERS, live, {"name": "龘靐齉"}),
        ("orders by two characters of a name", ORDERS, orders.orders(), {"q": str(name)[1:]}),
        ("numbers by four digits anywhere", NUMBERS, select(Number), {"contains": "8613"}),
        ("numbers by six digits anywhere", NUMBERS, select(Number), {"contains": "861379"}),
    ]
    for words, listing, statement, args in asked:
        (spent,) = place.spend(_sent(listing, statement, args))
        yield Limit(
            f"Search among a million: {words}",
            spent,
            "ms",
            SEARCHED,
            "planning and execution",
        )


def _name_of(row: int) -> Any:
    return (
        customers.live_customers()
        .with_only_columns(customers.Customer.name)
        .where(customers.Customer.id == _BASE + row)
        .scalar_subquery()
    )


def _sent(listing: Listing, statement: Select[Any], args: dict[str, str]) -> Sent:
    """Return the statement that a list sends for its rows, as psycopg gets it."""
    seen: list[tuple[str, Any]] = []

    def note(_connection, _cursor, sql, parameters, _context, _many):
        seen.append((sql, parameters))

    engine = database.engines[cell_key("main")]
    event.listen(engine, "before_cursor_execute", note)
    try:
        shown = listing.page(statement, session(), args=MultiDict(args))
    finally:
        event.remove(engine, "before_cursor_execute", note)
        session().rollback()
    assert not shown.asked.is_wrong, shown.asked.sentences
    table = statement.column_descriptions[0]["entity"].__tablename__
    rows = [
        one
        for one in seen
        if f"FROM {table}" in one[0] and "LIMIT" in one[0] and f"{table}.public_id" in one[0]
    ]
    # The row to go on from is looked up first, and counts are no rows.
    return [one for one in rows if "count(*)" not in one[0]][-1]


def _fill(schema: str) -> Place:
    """Put a million customers, orders and numbers into the workspace."""
    with transaction():
        unit = make_unit("Bench")
        own = [make_channel(unit=unit, name=f"Bench {index}").id for index in range(10)]
        for index in range(10, CHANNELS):
            own_not = make_channel(name=f"Bench {index}")
            assert own_not.id
        role = make_role(permissions=["order:view"], scope=DataScope.UNIT)
        viewer = make_user(roles=[role], unit=unit)
        pool = make_pool(name="Bench")
        channels = list(session().scalars(select(Channel.id).where(Channel.name.like("Bench %"))))
        pool_id = pool.id
        session().flush()
        known = {"channels": channels, "pool": pool_id}
    with ThreadPoolExecutor(len(_TABLES)) as threads:
        list(threads.map(lambda table: _fill_table(schema, table, known), _TABLES))
    return Place(schema, session().get_one(User, viewer.id), own)


def _fill_table(schema: str, table: str, known: dict[str, Any]) -> None:
    with direct.connection() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f'SET search_path TO "{schema}"'.encode())
        connection.execute("SET maintenance_work_mem = '256MB'")
        # Indexes that are built afterwards take a tenth of the time.
        later = connection.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = to_regclass(%s) AND NOT indisprimary AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [table],
        ).fetchall()
        for name, _definition in later:
            connection.execute(f"DROP INDEX {name}".encode())
        connection.execute(_TABLES[table].encode(), known)
        for _name, definition in later:
            connection.execute(definition.encode())
        connection.execute(f"VACUUM ANALYZE {table}".encode())
