"""Messages to customers: off by default, once, in the right language, never at night."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kit import audit, clock, mail
from kit.audit import AuditEntry
from kit.db import session
from kit.i18n import timezone
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from tenants.customers import services as customers
from tenants.customers.messages import queries, services
from tenants.customers.messages.quiet import next_time
from tenants.customers.parameters import QUIET_SINCE, QUIET_UNTIL
from tenants.notices.models import DeliveryState
from tenants.orders import customer_telling
from tenants.orders import services as orders
from tenants.orders.customer_telling import ACTIVATED, CANCELLED, HELD, PLACED, SHIPPED
from tenants.orders.services.activation import Told
from tenants.setup.services import set_parameter
from tests.factories.accounts import owner, run_jobs
from tests.factories.customers import make_customer
from tests.factories.messages import EN, ZH, messages, switch_on
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_opened, make_order, tell

PHONE = "+8613900001111"
# The same contact phone twice is refused by the rules for orders.
ELSEWHERE = {"recipient_phone": "13700137009"}


@pytest.fixture(autouse=True)
def by_day(in_acme):
    """It is noon in the workspace, whatever the machine says."""
    with clock.moved(at(12)):
        yield


def at(hour: int, minute: int = 0) -> datetime:
    today = clock.now().astimezone(timezone())
    return today.replace(hour=hour, minute=minute, second=0, microsecond=0)


def make_buyer(**changes):
    return make_customer(**({"phone": PHONE, "email": "buyer@example.com"} | changes))


def sent(way="sms"):
    ours = {str(one) for one in session().scalars(select(cell_outbox.c.id))}
    return [one for one in mail.kept(500) if one.way == way and one.message_id in ours]


def test_nothing_is_told_until_it_is_switched_on(in_acme):
    make_order(customer=make_buyer())
    assert messages() == []
    switch_on(SHIPPED)
    make_order(customer=make_buyer(phone="13900002222"), **ELSEWHERE)
    assert messages() == []


def test_an_order_is_confirmed_by_sms_and_by_mail(in_acme):
    switch_on(PLACED, ways=("sms", "mail"))
    order = make_order(customer=make_buyer())
    number, customer = order.number, order.customer.public_id
    session().commit()
    assert run_jobs() == [JobState.DONE] * 2
    (text,), (letter,) = sent(), sent("mail")
    assert (text.recipient, letter.recipient) == (PHONE, "buyer@example.com")
    assert text.body.startswith("Acme 通信: ")
    assert number in text.body
    assert number in letter.subject
    assert letter.body.endswith("Acme 通信")
    assert [one.state for one in messages()] == [DeliveryState.SENT] * 2
    rows = session().scalars(
        select(AuditEntry).where(
            AuditEntry.subject_id == customer, AuditEntry.event == "customer:told"
        )
    )
    details = [one.details for one in rows]
    assert {(one["way"], one["outcome"], one["record"]) for one in details} == {
        ("sms", "sent", number),
        ("mail", "sent", number),
    }
    # Neither table nor log has the number or the address in the clear.
    stored = json.dumps([str(row) for row in session().execute(select(*messages()[0].__table__.c))])
    for secret in ("13900001111", "buyer@example.com"):
        assert secret not in stored
        assert secret not in json.dumps(details)


def test_what_happened_is_told_once_though_it_is_said_and_run_again(in_acme):
    switch_on(PLACED)
    order = make_order(customer=make_buyer())
    customer_telling.tell(PLACED, order)
    assert len(messages()) == 1
    ours = cell_outbox.c.kind == "customers.send_message"
    job = session().scalars(select(cell_outbox.c.id).where(ours)).one()
    session().commit()
    assert run_jobs() == [JobState.DONE]
    assert perform(registry.get, Place("main"), in_acme, job) is None
    assert len(sent()) == 1


def test_each_time_an_order_is_put_on_hold_is_told_without_the_cause(in_acme):
    held = {(HELD.code, way, ZH) for way in ("sms", "mail")}
    assert not held & queries.switched_on()
    order = make_order(customer=make_buyer())
    orders.hold_order(order, cause="身份证照片不清", by=audit.SYSTEM)
    assert messages() == []
    switch_on(HELD)
    for _time in range(2):
        clock.advance(timedelta(minutes=1))
        orders.release_order(order, by=audit.SYSTEM)
        orders.hold_order(order, cause="身份证照片不清", by=audit.SYSTEM)
        orders.hold_order(order, cause="又按了一次", by=audit.SYSTEM)
    number = order.number
    session().commit()
    run_jobs()
    assert len(messages()) == len(sent()) == 2
    assert all(number in one.body and "照片" not in one.body for one in sent())


def test_each_item_is_told_of_and_what_ends_an_order(in_acme):
    switch_on(SHIPPED, ACTIVATED, CANCELLED)
    item = make_opened(customer=make_buyer(), number=make_number(), card=make_card(),
                       delivery_mode="courier")  # fmt: skip
    orders.ship_item(item, courier="顺丰", tracking_number="SF1", by=audit.SYSTEM)
    tell(item, Told.ACTIVATED)
    tell(item, Told.ACTIVATED)
    assert [one.kind for one in messages()] == [SHIPPED.code, ACTIVATED.code]
    assert messages()[0].values["tracking"] == "SF1"
    session().commit()
    other = make_order(customer=make_buyer(phone="13900003333"), **ELSEWHERE)
    orders.cancel_order(other, reason="不要了", by=audit.SYSTEM)
    assert len(messages()) == 3


@pytest.mark.parametrize(
    ("own", "phone", "on", "language"),
    [(None, "13900001111", (ZH, EN), ZH), (None, "+447911123456", (ZH, EN), EN),
     (None, "+447911123456", (ZH,), ZH), (None, "13900001111", (EN,), EN),
     (EN, "13900001111", (ZH, EN), EN), (ZH, "+447911123456", (ZH, EN), ZH),
     (EN, "13900001111", (ZH,), ZH)],
)  # fmt: skip
def test_the_language_is_the_customers_where_that_is_on(in_acme, own, phone, on, language):
    switch_on(PLACED, languages=on)
    make_order(customer=make_buyer(phone=phone, language=own))
    assert [one.language for one in messages()] == [language]
    session().commit()
    run_jobs()
    (text,) = sent()
    assert ("We have your order" in text.body) == (language == EN)


@pytest.mark.parametrize(
    ("now", "then"), [(20, None), (21, (1, 8)), (23, (1, 8)), (0, (0, 8)), (7, (0, 8)), (8, None)]
)
def test_the_quiet_hours_end_in_the_morning(in_acme, now, then):
    wanted = at(now, 30) if then is None else at(then[1]) + timedelta(days=then[0])
    assert next_time(at(now, 30)) == wanted


def test_quiet_hours_within_a_day_and_none_at_all(in_acme):
    set_parameter(QUIET_SINCE, 12, version=0, by=owner())
    set_parameter(QUIET_UNTIL, 14, version=0, by=owner())
    assert [next_time(at(hour)) == at(hour) for hour in (11, 12, 13, 14)] == [
        True,
        False,
        False,
        True,
    ]
    assert next_time(at(13)) == at(14)
    set_parameter(QUIET_UNTIL, 12, version=1, by=owner())
    assert next_time(at(12)) == at(12)


def test_a_message_of_the_night_leaves_in_the_morning(in_acme):
    switch_on(PLACED)
    night, morning = at(23), at(8, 1) + timedelta(days=1)
    with clock.moved(night):
        make_order(customer=make_buyer())
        assert messages()[0].due_at == at(8) + timedelta(days=1)
        session().commit()
        # A worker that takes it too early, or too late in the evening, puts it off.
        run_jobs()
        assert sent() == []
        assert messages()[0].state == DeliveryState.WAITING
    with clock.moved(morning):
        run_jobs()
        assert len(sent()) == 1
        assert messages()[0].state == DeliveryState.SENT


@pytest.mark.parametrize(
    ("change", "problem"),
    [("delete", "gone"), ("off", "off"), ("erase", "gone")],
)  # fmt: skip
def test_what_nobody_wants_any_more_is_skipped(in_acme, change, problem):
    switch_on(PLACED)
    customer = make_order(customer=make_buyer()).customer
    match change:
        case "delete":
            customers.delete_customer(customer, by=owner())
        case "off":
            services.switch([], by=owner())
        case "erase":
            customers.erase_customer(customer, reason="依本人要求", by=owner())
    session().commit()
    run_jobs()
    assert sent() == []
    (one,) = messages()
    assert (one.state, one.problem) == (DeliveryState.SKIPPED, problem)
    if change == "erase":
        assert (one.recipient, one.recipient_index, one.values) == ("", None, {})


def test_a_number_corrected_meanwhile_is_the_one_that_is_told(in_acme):
    switch_on(PLACED)
    customer = make_order(customer=make_buyer()).customer
    customer.phone = "13900009999"
    session().commit()
    run_jobs()
    assert [one.recipient for one in sent()] == ["+8613900009999"]
    assert messages()[0].recipient == "+8613900009999"


def test_a_provider_that_fails_is_tried_again_and_given_up_at_last(in_acme, monkeypatch):
    switch_on(PLACED)
    make_order(customer=make_buyer())
    session().commit()

    def fail(*_args, **_more):
        raise OSError("no way out")

    monkeypatch.setattr(mail, "keep", fail)
    for _ in range(6):
        ended = run_jobs()
    assert ended == [JobState.DEAD]
    assert [(one.state, one.problem) for one in messages()] == [(DeliveryState.FAILED, "provider")]


def test_words_that_the_kind_does_not_offer_are_an_error(in_acme):
    with pytest.raises(ValueError, match="no placeholder"):
        services.inform(PLACED, make_buyer(), once="1", record_id="1", record_name="1", phone="x")
