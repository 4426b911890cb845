"""Every form that moves an order or an item: it works once, refuses otherwise, asks for a right."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session, workspace_scope
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import DataScope
from tenants.numbers.models import Number
from tenants.orders import services
from tenants.orders.models import Order, OrderEvent, OrderItem
from tenants.orders.services.activation import Told
from tests.factories.accounts import make_user, owner, role, signed_in
from tests.factories.catalogue import make_product
from tests.factories.numbers import make_card, make_number, make_pool
from tests.factories.orders import make_order, tell

BY = audit.SYSTEM


def new(**more) -> Order:
    return make_order(number=make_number(), **more)


def due() -> Order:
    return new(product=make_product(carrier=Carrier.MOBILE, retail_amount=1_000))


def audited(**more) -> Order:
    order = new(**more)
    services.pass_audit(order, by=BY)
    return order


def bare() -> Order:
    """Audited, without number and card."""
    order = make_order()
    services.pass_audit(order, by=BY)
    return order


def submitted() -> Order:
    order = audited()
    services.submit_to_carrier(order, by=BY)
    return order


def opened() -> Order:
    order = submitted()
    tell(order.items[0], Told.OPENED)
    return order


def ready() -> Order:
    """Opened, with its card."""
    order = opened()
    services.bind_card(order.items[0], iccid=make_card().iccid, by=BY)
    return order


def shipped() -> Order:
    order = ready()
    services.ship_item(order.items[0], courier="顺丰", tracking_number="SF1", by=BY)
    return order


def activated() -> Order:
    order = ready()
    tell(order.items[0], Told.ACTIVATED)
    return order


def on_hold() -> Order:
    order = audited()
    services.hold_order(order, cause="等照片", by=BY)
    return order


def cancelled() -> Order:
    order = new()
    services.cancel_order(order, reason="退", by=BY)
    return order


@dataclass(frozen=True)
class Action:
    """A form: whom it is for, from where it works, what it leaves, where it refuses."""

    name: str
    right: Callable[[], Order]
    wrong: Callable[[], Order]
    leaves: dict[str, str]
    typed: Callable[[], dict[str, Any]] = dict
    of_item: bool = False
    allowed: bool = False
    """Whether a salesperson may."""
    missing: tuple[str, ...] = field(default=())
    """Fields without which the form is refused."""

    def path(self, order: Order) -> str:
        where = order.items[0] if self.of_item else order
        kind = "items/" if self.of_item else ""
        return f"/orders/{kind}{where.public_id}/{self.name}"


def _handler() -> dict[str, Any]:
    return {"handler": make_user(name="钱办").public_id}


def _event(event: str = "activated", day: str = "2026-08-03") -> Callable[[], dict[str, Any]]:
    return lambda: {"event": event, "occurred_on": day, "month": "0"}


def _always(**typed: str) -> Callable[[], dict[str, Any]]:
    return lambda: dict(typed)


ACTIONS = (
    Action("audit", new, cancelled, {"state": "audited"}),
    Action(
        "reject",
        new,
        cancelled,
        {"state": "rejected"},
        typed=_always(reason="资料不符"),
        missing=("reason",),
    ),
    Action("assign", audited, new, {"state": "assigned"}, typed=_handler, missing=("handler",)),
    Action(
        "hold",
        audited,
        activated,
        {"state": "on_hold", "hold_cause": "等照片"},
        typed=_always(reason="等照片"),
        allowed=True,
        missing=("reason",),
    ),
    Action("release", on_hold, audited, {"state": "audited"}, allowed=True),
    Action("pay", due, new, {"payment_state": "paid"}, allowed=True),
    Action(
        "submit",
        audited,
        new,
        {"state": "processing", "carrier_state": "submitted", "carrier_order_number": "U-1"},
        typed=_always(carrier_order_number="U-1"),
    ),
    Action(
        "cancel",
        audited,
        activated,
        {"state": "cancelled"},
        typed=_always(reason="客户不要了"),
        missing=("reason",),
    ),
    Action(
        "number",
        bare,
        new,
        {"msisdn": "13900008888"},
        typed=lambda: {"msisdn": make_number("13900008888").msisdn},
        of_item=True,
        allowed=True,
        missing=("msisdn",),
    ),
    Action(
        "card",
        audited,
        new,
        {"iccid": "89860012345678901234"},
        typed=lambda: {"iccid": make_card("89860012345678901234").iccid},
        of_item=True,
        allowed=True,
        missing=("iccid",),
    ),
    Action(
        "answer",
        submitted,
        new,
        {"carrier_state": "failed", "carrier_code": "E1", "carrier_text": "证件过期"},
        typed=_always(state="failed", code="E1", text="证件过期"),
        of_item=True,
        missing=("state",),
    ),
    Action(
        "hand-over",
        ready,
        opened,
        {"fulfilment_state": "handed_over", "state": "shipped"},
        of_item=True,
        allowed=True,
    ),
    Action(
        "ship",
        ready,
        opened,
        {"fulfilment_state": "in_transit", "tracking_number": "SF2"},
        typed=_always(courier="顺丰", tracking_number="SF2"),
        of_item=True,
        allowed=True,
        missing=("courier", "tracking_number"),
    ),
    Action(
        "deliver",
        shipped,
        ready,
        {"fulfilment_state": "delivered"},
        of_item=True,
        allowed=True,
    ),
    Action(
        "return",
        shipped,
        ready,
        {"fulfilment_state": "refused"},
        typed=_always(state="refused", remark="拒收"),
        of_item=True,
        allowed=True,
        missing=("state",),
    ),
    Action(
        "event",
        ready,
        new,
        {"activation_state": "activated", "state": "completed"},
        typed=_event(),
        of_item=True,
        missing=("event", "occurred_on"),
    ),
)
NAMES = [action.name for action in ACTIONS]
each_action = pytest.mark.parametrize("action", ACTIONS, ids=NAMES)


@pytest.fixture
def office(client, in_acme):
    return signed_in(client, owner())


@pytest.fixture
def salesperson(client, in_acme):
    # His own channels and orders are a matter of scopes; here he reaches all.
    role().scope = DataScope.ALL
    return signed_in(client, make_user())


def _only() -> Order:
    session().expire_all()
    return session().scalars(select(Order)).one()


def _value(name: str) -> Any:
    order = _only()
    return getattr(order, name) if hasattr(order, name) else getattr(order.items[0], name)


def _standing() -> dict[str, Any]:
    """All that a refused action must leave as it was."""
    order = _only()
    session().refresh(order)
    columns = [
        {column.key: getattr(row, column.key) for column in type(row).__table__.columns}
        for row in (order, *order.items)
    ]
    events = session().scalar(select(func.count()).select_from(OrderEvent))
    numbers = session().execute(
        select(Number.msisdn, Number.state, Number.item_id).order_by(Number.id)
    )
    return {"rows": columns, "events": events, "numbers": numbers.all()}


def test_every_form_of_the_blueprint_is_in_the_table(app):
    there = {
        rule.rule.rpartition("/")[2]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("orders.") and "POST" in (rule.methods or ())
    }
    # Masked fields and shares, which every kind of record has, have tests of their own.
    common = {"<field>", "call", "shares", "revoke"}
    # So has what is done with many, as every list has it.
    common |= {"audit-selected", "assign-selected", "cancel-selected"}
    assert there - common - {"edit", "new"} == set(NAMES)


@each_action
def test_it_works_once_and_a_second_click_changes_nothing(office, action):
    order = action.right()
    path, typed = action.path(order), action.typed()
    back = f"/orders/{order.public_id}"
    answer = office.submit(path, typed)
    assert answer.status_code == 303
    assert answer.location == back
    assert {name: _value(name) for name in action.leaves} == action.leaves
    after = _standing()
    assert office.submit(path, typed).status_code in {303, 422}
    assert _standing() == after
    assert office.get(back).status_code == 200


@each_action
def test_it_refuses_in_the_wrong_state_and_changes_nothing(office, action):
    order = action.wrong()
    path, typed = action.path(order), action.typed()
    before = _standing()
    answer = office.submit(path, typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text or "field-error" in answer.text
    assert _standing() == before


@each_action
def test_it_refuses_an_ended_order(office, action):
    order = cancelled()
    path, typed = action.path(order), action.typed()
    before = _standing()
    # What is cancelled already is cancelled: no news, and no refusal.
    expected = 303 if action.name == "cancel" else 422
    assert office.submit(path, typed).status_code == expected
    assert _standing() == before


@pytest.mark.parametrize(
    ("action", "name"),
    [(action, name) for action in ACTIONS for name in action.missing],
    ids=[f"{action.name}-{name}" for action in ACTIONS for name in action.missing],
)
def test_it_refuses_without_what_it_needs(office, action, name):
    order = action.right()
    path, typed = action.path(order), action.typed()
    before = _standing()
    for nothing in ("", " \t "):
        assert office.submit(path, typed | {name: nothing}).status_code == 422
    assert _standing() == before


@each_action
def test_it_asks_for_its_right(salesperson, action):
    order = action.right()
    path, typed = action.path(order), action.typed()
    before = _standing()
    token = salesperson.token("/orders/new")
    shown = salesperson.get(path).status_code
    if action.allowed:
        assert shown == 200
        return
    assert shown == 403
    assert salesperson.post(path, data=typed | {"csrf_token": token}).status_code == 403
    assert _standing() == before


@each_action
def test_without_a_token_nothing_happens(office, action):
    order = action.right()
    path, typed = action.path(order), action.typed()
    before = _standing()
    assert office.post(path, data=typed).status_code in {400, 422}
    assert _standing() == before


@each_action
def test_a_rival_does_not_find_it(client, in_acme, rival, action):
    order = action.right()
    path, typed = action.path(order), action.typed()
    before = _standing()
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
    token = stranger.token("/orders/new")
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, data=typed | {"csrf_token": token}).status_code == 404
    assert _standing() == before


@pytest.mark.parametrize(
    ("event", "day", "month"),
    [
        ("activated", "2099-01-01", "0"),
        ("activated", "2026-02-30", "0"),
        ("activated", "x", "0"),
        ("on_network", "2026-08-03", "0"),
        ("activated", "2026-08-03", "1"),
        ("on_network", "2026-08-03", "61"),
        ("exploded", "2026-08-03", "0"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(office, event, day, month):
    item = ready().items[0]
    path = f"/orders/items/{item.public_id}/event"
    before = _standing()
    typed = {"event": event, "occurred_on": day, "month": month}
    assert office.submit(path, typed).status_code == 422
    assert _standing() == before


def test_another_carriers_number_or_card_is_refused(office):
    item = bare().items[0]
    make_number("13300001111", pool=make_pool(carrier=Carrier.TELECOM))
    assert item.carrier == Carrier.MOBILE
    before = _standing()
    for name, typed in (("number", {"msisdn": "13300001111"}), ("card", {"iccid": "8" * 20})):
        path = f"/orders/items/{_only().items[0].public_id}/{name}"
        assert office.submit(path, typed).status_code == 422
    assert _standing() == before


def test_a_number_typed_with_spaces_is_the_same_number(office):
    order = bare()
    make_number("13900008888")
    path = f"/orders/items/{order.items[0].public_id}/number"
    assert office.submit(path, {"msisdn": "139 0000 8888"}).status_code == 303
    assert session().scalars(select(OrderItem)).one().msisdn == "13900008888"
    assert office.submit(path, {"msisdn": "139 0000 8888"}).status_code == 303
