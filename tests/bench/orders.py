"""Orders taken through the verb against the same statements, prepared and sent raw."""

import re
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import event

from control.workspaces.directory import directory
from kit import audit, ids
from kit.db import database, transaction, workspace_scope
from kit.db.binding import Binding, bind
from kit.db.session import cell_key
from tenants.accounts.dictionary import Carrier
from tenants.catalogue import services as catalogue
from tenants.catalogue.models import ProductKind
from tenants.channels import services as channels
from tenants.customers.services import NewCustomer, add_customers
from tenants.orders import services
from tenants.orders.services import NewLine, NewOrder
from tests.bench.frame import Figure, compare
from tests.factories.customers import resident_id

TIMES = 20
BY = audit.SYSTEM
_serial = count(1)
_ID = re.compile(r"\b01[0-9a-hjkmnp-tv-z]{24}\b")


def measure() -> list[Figure]:
    """Return the figure of taking orders, in a chain of three channels with three milestones."""
    tenant = directory.by_address("acme")
    assert tenant is not None
    with workspace_scope(tenant):
        take = _prepare()
        statements = _record(take)
        engine = database.engines[cell_key("main")]
        binding = Binding(role=tenant.schema, schema=tenant.schema)

        def ours() -> None:
            for _ in range(TIMES):
                take()

        def raw() -> None:
            with engine.connect() as connection:
                for _ in range(TIMES):
                    with connection.begin():
                        bind(connection, binding)
                        driver = connection.connection.driver_connection
                        assert driver is not None
                        order_id = 0
                        renamed: dict[str, str] = {}
                        for statement, parameters in statements:
                            values = _fresh(parameters, order_id, renamed)
                            cursor = driver.execute(statement, values)
                            if statement.startswith("INSERT INTO orders "):
                                order_id = cursor.fetchone()[0]

        figure = compare(
            "An order through the verb",
            ours,
            raw,
            goal=4.0,
            per=TIMES,
            note=f"raw: its {len(statements)} statements by psycopg, bound, in one transaction",
        )
    return [figure]


def _prepare() -> Any:
    with transaction():
        chain = []
        for share in (0, 7_000, 6_000):
            chain.append(
                channels.add_channel(
                    name=f"Bench {next(_serial)}",
                    kind="agent",
                    contact_name="x",
                    contact_phone="13900139000",
                    parent=chain[-1] if chain else None,
                    share=share,
                    by=BY,
                )
            )
        product = catalogue.add_product(
            name="Bench",
            carrier=Carrier.UNICOM,
            kind=ProductKind.TRAFFIC_CARD,
            repeat_days=0,
            max_per_person=10_000,
            delivery_modes=["counter"],
            by=BY,
        )
        catalogue.put_on_shelf(product, by=BY)
        for milestone, amount in (("activated", 8_000), ("first_topup", 2_000)):
            catalogue.set_rate(
                product,
                milestone=milestone,
                amount=amount,
                timing="next_month",
                valid_from=date(2026, 1, 1),
                by=BY,
            )
        (customer,) = add_customers(
            [
                NewCustomer(
                    name="王小明",
                    phone="13700137000",
                    document_kind="resident_id",
                    document=resident_id(born="19900307", order=1),
                )
            ],
            by=BY,
        )

    def take() -> None:
        services.place_order(
            NewOrder(
                submission=ids.secret(),
                customer=customer,
                lines=[NewLine(product)],
                delivery_mode="counter",
                recipient_name="王小明",
                recipient_phone="13700137000",
            ),
            channel=chain[-1],
            by=BY,
        )

    return take


def _record(take: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the statements of one order with their parameters, as psycopg gets them."""
    recorded: list[tuple[str, dict[str, Any]]] = []

    def note(_connection, _cursor, statement, parameters, _context, many):
        recorded.extend((statement, each) for each in (parameters if many else [parameters]))

    engine = database.engines[cell_key("main")]
    take()
    event.listen(engine, "before_cursor_execute", note)
    take()
    event.remove(engine, "before_cursor_execute", note)
    return recorded


def _fresh(parameters: Any, order_id: int, renamed: dict[str, str]) -> Any:
    """Return parameters whose unique values are new, so that the same inserts pass again."""
    if not isinstance(parameters, dict):
        return parameters
    fresh = {name: _renamed(value, renamed) for name, value in parameters.items()}
    if "order_id" in fresh:
        fresh["order_id"] = order_id
    if "submission" in fresh:
        fresh["submission"] = ids.secret()
        fresh["number"] = f"9{next(_serial):013}"
    return fresh


def _renamed(value: Any, renamed: dict[str, str]) -> Any:
    """Return a value with new public ids, the same for the same id all through one order."""
    if isinstance(value, list):
        return [_renamed(each, renamed) for each in value]
    if isinstance(value, str):
        # Rows that are inserted as one JSON text hold ids too.
        return _ID.sub(lambda found: renamed.setdefault(found[0], ids.new()), value)
    return value
