"""One person's rights: to be given what is stored, and to be erased (PIPL)."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select, text

from kit import audit, files
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Missing, Refused
from tenants.backoffice import person
from tenants.bulk.models import ImportRow
from tenants.bulk.staging import open_cells
from tenants.customers import services as customers
from tenants.customers.kinds import CUSTOMER
from tenants.customers.models import ERASED, Customer
from tenants.notices.models import Notice, Reminder
from tenants.notices.services import tell_due
from tenants.orders import services as orders
from tenants.orders.customer_telling import PLACED
from tenants.orders.kinds import ORDER
from tenants.orders.models import Order
from tenants.records import services as records
from tenants.records.queries import attachments_of, comments_of
from tenants.settlement.queries.sums import LEDGER_SUMS
from tests.factories.accounts import PASSWORD, make_role, make_user, owner, run_jobs, signed_in
from tests.factories.bulk import checked, xlsx
from tests.factories.customers import make_customer
from tests.factories.messages import by_day, switch_on
from tests.factories.notices import make_reminder
from tests.factories.orders import make_order
from tests.factories.records import make_attachment

REASON = "本人要求"


@pytest.fixture
def customer(in_acme) -> Customer:
    made = make_customer(name="钱多多", phone="13700137111", address="解放路 9 号", remark="老客户")
    session().commit()
    return made


def again(public_id: str) -> Customer:
    return session().scalars(select(Customer).where(Customer.public_id == public_id)).one()


def done_order(customer) -> Order:
    order = make_order(customer=customer, recipient_address="人民路 1 号", remark="放门口")
    orders.cancel_order(order, reason="不要了", by=audit.SYSTEM)
    session().commit()
    return order


def disclosed(customer) -> dict:
    data = person.disclose(customer, reason=REASON, by=audit.SYSTEM)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return json.loads(package.read(f"{customer.number}.json"))


def test_a_person_gets_all_that_is_stored(customer):
    order = done_order(customer)
    data = person.disclose(customer, reason=REASON, by=audit.SYSTEM)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found = json.loads(package.read(f"{customer.number}.json"))
        readable = package.read(f"{customer.number}.txt").decode("utf-8-sig")
    assert found["customer"]["phone"] == "+8613700137111"
    assert found["customer"]["document"] == customer.document
    assert found["orders"][0]["recipient_address"] == "人民路 1 号"
    assert found["orders"][0]["number"] == order.number
    assert "customer:added" in {entry["event"] for entry in found["log"]}
    assert "钱多多" in readable
    assert "解放路 9 号" in readable
    last = session().scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.event, last.details) == ("customer:disclosed", {"reason": REASON, "orders": 1})


def test_the_messages_that_were_sent_are_among_it(customer):
    switch_on(PLACED)
    key = customer.public_id
    with by_day():
        order = make_order(customer=customer).number
        run_jobs()
    found = disclosed(again(key))["messages"]
    assert [(one["way"], one["to"], one["about"]) for one in found] == [
        ("sms", "+8613700137111", order)
    ]
    assert found[0]["sent_at"] is not None
    assert order in found[0]["text"]
    other = make_customer(name="别人", phone="13700137222")
    assert disclosed(other)["messages"] == []


def test_nothing_said_about_an_erased_person_is_kept_in_notices_and_reminders(customer):
    order = done_order(customer)
    boss = owner()
    for kind, record in ((CUSTOMER, customer.public_id), (ORDER, order.public_id)):
        made = make_reminder(boss, kind=kind, record=record, note="王小明的家在三楼")
        tell_due(made.public_id, at=made.remind_at)
    other = make_reminder(boss)
    session().flush()
    person.erase(customer, reason=REASON, by=audit.SYSTEM)
    session().flush()
    left = session().scalars(select(Reminder.public_id)).all()
    assert left == [other.public_id]
    assert not session().scalars(select(Notice).where(Notice.user_id == boss.id)).all()


def test_an_erased_person_leaves_a_mark_in_orders_and_the_same_ledger(customer):
    order = done_order(customer)
    before = session().execute(text(LEDGER_SUMS)).all()
    version = customer.version
    assert person.erase(customer, reason=REASON, by=audit.SYSTEM) == 1
    session().expire_all()
    assert (customer.name, customer.phone, customer.document) == (ERASED, "", "")
    assert customer.is_erased
    assert customer.version > version
    for column in ("cipher", "index", "tail"):
        assert getattr(customer, f"phone_{column}") is None
        assert getattr(customer, f"document_{column}") is None
    assert (customer.address, customer.remark, customer.born_on) == ("", "", None)
    assert (order.recipient_name, order.recipient_phone) == (ERASED, "")
    assert (order.recipient_address, order.remark) == ("", "")
    assert order.customer_id == customer.id
    assert session().execute(text(LEDGER_SUMS)).all() == before
    with pytest.raises(Refused, match="already"):
        person.erase(customer, reason=REASON, by=audit.SYSTEM)
    with pytest.raises(Refused, match="already"):
        person.disclose(customer, reason=REASON, by=audit.SYSTEM)
    with pytest.raises(Refused, match="cannot come back"):
        customers.restore_customer(customer, by=audit.SYSTEM)


def test_rows_staged_for_an_import_go_too(customer):
    public_id = customer.public_id
    header = ["客户类型", "姓名", "联系电话"]
    brought = checked(
        xlsx(header, ["不存在", "钱多多", "137 0013 7111"], ["不存在", "别人", "13700137112"]),
        kind="customers",
    )
    staged = select(ImportRow).where(ImportRow.import_id == brought.id)
    assert len(session().scalars(staged).all()) == 2
    person.erase(again(public_id), reason=REASON, by=audit.SYSTEM)
    (left,) = session().scalars(staged)
    assert "别人" in open_cells(left.cells, left.public_id).values()


def test_an_open_order_stands_in_the_way_and_nothing_changes(customer):
    order = make_order(customer=customer)
    session().commit()
    with pytest.raises(Refused, match=order.number):
        person.erase(customer, reason=REASON, by=audit.SYSTEM)
    session().rollback()
    session().expire_all()
    assert customer.name == "钱多多"
    assert customer.phone == "+8613700137111"


def test_the_pages_ask_for_reason_number_and_password(customer, client):
    public_id, number = customer.public_id, customer.number
    office = signed_in(client, owner())
    shown = office.get(f"/customers/{public_id}").text
    assert f"/customers/{public_id}/erase" in shown
    with office.submit(f"/customers/{public_id}/disclose", {"reason": REASON}) as answer:
        assert answer.mimetype == "application/zip"
        assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None
    path = f"/customers/{public_id}/erase"
    form = {"reason": REASON, "confirm": number, "password": PASSWORD}
    for wrong in ({"confirm": "CM9999"}, {"password": "Wrong-pass-1"}, {"reason": ""}):
        assert office.submit(path, form | wrong).status_code == 422
    assert not again(public_id).is_erased
    assert office.submit(path, form).status_code == 303
    session().expire_all()
    assert again(public_id).is_erased
    after = office.get(f"/customers/{public_id}").text
    assert "已被清除" in after
    assert "/erase" not in after


@pytest.mark.parametrize("page", ["disclose", "erase"])
def test_they_need_their_permission(customer, client, page):
    role = make_role(permissions=["customer:view", "customer:delete", "customer:reveal"])
    public_id = customer.public_id
    browser = signed_in(client, make_user(roles=[role]))
    assert browser.get(f"/customers/{public_id}/{page}").status_code == 403
    assert f"/{page}" not in browser.get(f"/customers/{public_id}").text


def test_attachments_and_comments_are_given_and_erased_with_the_person(customer):
    order = done_order(customer)
    key = make_attachment(customer, name="身份证.png").file_key
    make_attachment(order, kind="order")
    records.add_comment("customer", customer, body="电话难打", by=owner())
    data = person.disclose(customer, reason=REASON, by=audit.SYSTEM)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found = json.loads(package.read(f"{customer.number}.json"))
    assert found["attachments"][0]["name"] == "身份证.png"
    assert found["comments"][0]["text"] == "电话难打"
    person.erase(customer, reason=REASON, by=audit.SYSTEM)
    for kind, row in (("customer", customer), ("order", order)):
        assert not attachments_of(kind, row.public_id, deleted=True)
        assert not comments_of(kind, row.public_id)
    with pytest.raises(Missing):
        files.size_of(key)
