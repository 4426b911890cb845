"""Pages of messages to customers, for the owner, a colleague with less and another workspace."""

import io
import zipfile

from sqlalchemy import select

from kit import mail
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from tenants.accounts.models import User
from tenants.customers.messages import queries
from tenants.orders.customer_telling import PLACED
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, run_jobs, signed_in
from tests.factories.channels import make_channel
from tests.factories.customers import make_customer
from tests.factories.messages import ZH, by_day, messages, switch_on
from tests.factories.orders import make_order

CELL = f"{PLACED.code}|sms|{ZH}"


def test_one_switches_it_on_and_a_colleague_may_not(in_acme, client, rival):
    boss = signed_in(client, owner())
    page = boss.get("/customer-messages/switches")
    assert "21:00" in page.text
    assert "checked" not in page.text
    typed = {"on": [CELL, "no|such|thing", "nonsense", f"{PLACED.code}|pigeon|{ZH}", "a|b|c|d"]}
    assert boss.submit("/customer-messages/switches", typed).status_code == 303
    assert queries.switched_on() == {(PLACED.code, "sms", ZH)}
    assert "customer_messages:switched" in accounts.log_names(owner())
    assert boss.submit("/customer-messages/switches", typed).status_code == 303
    assert accounts.log_names(owner()).count("customer_messages:switched") == 1
    colleague = signed_in(client, make_user())
    assert "/customer-messages/switches" not in colleague.get("/customer-messages/").text
    for path in ("switches", f"words/{PLACED.code}/en"):
        assert colleague.get(f"/customer-messages/{path}").status_code == 403
    data = {"csrf_token": colleague.token("/notices/")}
    assert colleague.post("/customer-messages/switches", data=data).status_code == 403
    assert queries.switched_on() == {(PLACED.code, "sms", ZH)}
    session().commit()
    with workspace_scope(rival):
        assert "checked" not in signed_in(client, owner()).get("/customer-messages/switches").text
        assert queries.switched_on() == set()


def test_the_workspace_has_words_of_its_own(in_acme, client):
    boss = signed_in(client, owner())
    url = f"/customer-messages/words/{PLACED.code}/{ZH}"
    refused = boss.submit(url, {"title": "{phone} 您好", "body": "x"})
    assert refused.status_code == 422
    assert "{phone} 您好" in refused.text
    shown = boss.submit(url, {"title": "收到 {number}", "body": "", "preview": "yes"})
    assert "收到 20260801000123" in shown.text
    assert boss.submit(url, {"title": "收到 {number}", "body": ""}).status_code == 303
    switch_on(PLACED)
    with by_day():
        number = make_order(customer=make_customer()).number
        session().commit()
        run_jobs()
    assert any(one.body == f"Acme 通信: 收到 {number}" for one in mail.kept(20))
    data = {"csrf_token": boss.token(url)}
    assert boss.post(f"{url}/usual", data=data).status_code == 303
    assert "收到 {number}" not in boss.get(url).text
    for wrong in (f"words/{PLACED.code}/fr", "words/no:such/en"):
        assert boss.get(f"/customer-messages/{wrong}").status_code == 404


def test_the_list_says_masked_what_was_told_to_whom(in_acme, client, rival):
    switch_on(PLACED, ways=("sms", "mail"))
    mine = make_channel(manager=(me := make_user(name="渠道经理")))
    seen = make_customer(name="看得见", phone="13911112222", channel=mine)
    hidden = make_customer(name="看不见", phone="13933334444", email="secret@example.com")
    order, other = (
        make_order(customer=seen, channel=mine),
        make_order(customer=hidden, recipient_phone="13700137009"),
    )
    number, their_number, me_id = order.number, other.number, me.id
    session().commit()
    boss = signed_in(client, owner())
    page = boss.get("/customer-messages/").text
    assert "139****2222" in page
    assert "secret@example.com" not in page
    for question, wanted in (
        (f"order={number}", {number}),
        ("to=139 3333 4444", {their_number}),
        ("to=secret@example.com", {their_number}),
        ("way=mail", {their_number}),
        ("status=sent", set()),
        ("status=waiting", {number, their_number}),
        ("kind=customers:shipped", set()),
    ):
        text = boss.get(f"/customer-messages/?{question}").text
        assert {one for one in (number, their_number) if one in text} == wanted, question
    with (
        boss.get("/customer-messages/?export=xlsx") as file,
        zipfile.ZipFile(io.BytesIO(file.data)) as sheet,
    ):
        words = "".join(sheet.read(name).decode("utf-8") for name in sheet.namelist())
    assert "139****2222" in words
    assert "13911112222" not in words
    event = AuditEntry.event == "customer_messages:exported"
    assert len(session().scalars(select(AuditEntry).where(event)).all()) == 1
    # Within one's reach, and not without the right to customers.
    manager = signed_in(client, session().get_one(User, me_id)).get("/customer-messages/").text
    assert "看得见" in manager
    assert "看不见" not in manager
    role = make_role(permissions=["order:view"])
    assert signed_in(client, make_user(roles=[role])).get("/customer-messages/").status_code == 403
    session().commit()
    with workspace_scope(rival):
        assert "看得见" not in signed_in(client, owner()).get("/customer-messages/").text
        assert messages() == []
