"""Masked fields: why, by whom, how many a day, and what the pages give out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.mail import kept
from tenants.accounts import queries, services
from tenants.accounts.models import Purpose, Reveal, RevealWay, User
from tenants.accounts.services.reveals import Given
from tenants.customers import queries as queries_of_customers
from tenants.customers.kinds import CUSTOMER
from tenants.orders.kinds import ORDER
from tenants.orders.services import assign_order, pass_audit
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, run_jobs, signed_in
from tests.factories.customers import make_customer
from tests.factories.orders import make_order
from tests.page import says

PHONE = "13700136007"
WHY = Given(Purpose.CONTACT, "回访")
SEE = ("customer:view", "customer:reveal", "order:view", "order:reveal")


def seer(*permissions, most=50, **more):
    """Somebody who may reveal, so many times a day."""
    role = make_role(permissions=permissions or SEE, **more)
    role.reveals_a_day = most
    return make_user(roles=[role])


def shown(row, field="phone", *, by, kind=CUSTOMER, why=WHY, way=RevealWay.SHOWN):
    return services.reveal(kind, row, field, why=why, way=way, by=by)


def test_who_which_record_which_field_why_and_when_are_kept(in_acme):
    person, customer = seer(), make_customer(phone=PHONE)
    assert shown(customer, by=person) == PHONE
    assert shown(customer, "address", by=person) == customer.address
    row = session().scalars(select(Reveal).order_by(Reveal.id)).first()
    assert (row.user_id, row.record_id, row.record_name) == (
        person.id,
        customer.public_id,
        customer.number,
    )
    assert (row.field, row.purpose, row.reason, row.way) == ("phone", "contact", "回访", "shown")
    entry = queries.log_of(customer.public_id)[0]
    assert (entry.event, entry.actor_id, entry.details["field"]) == (
        "record:revealed",
        person.public_id,
        "address",
    )


def test_what_is_not_hidden_and_what_has_no_reason_is_refused(in_acme):
    person, customer = seer(), make_customer()
    for field, why, way in (
        ("remark", WHY, RevealWay.SHOWN),
        ("public_id", WHY, RevealWay.SHOWN),
        ("document", WHY, RevealWay.CALLED),
        ("phone", Given(Purpose.OTHER, " "), RevealWay.SHOWN),
    ):
        with pytest.raises(Refused):
            shown(customer, field, by=person, why=why, way=way)
    assert session().scalar(select(func.count(Reveal.id))) == 0


def test_above_the_ceiling_it_is_refused_and_administrators_are_told_once(in_acme):
    person, customer = seer(most=2), make_customer()
    shown(customer, by=person)
    shown(customer, "document", by=person)
    for _again in range(2):
        with pytest.raises(Refused, match="limit of 2 reveals"):
            shown(customer, "email", by=person)
    log = [entry.event for entry in queries.log_of(customer.public_id)]
    assert log[:2] == ["record:reveal_refused"] * 2
    username = person.username
    with clock.moved(clock.now() + timedelta(days=1)):
        assert shown(customer, by=person)
    session().commit()
    run_jobs()
    letters = [one for one in kept() if username in one.body]
    assert [one.recipient for one in letters] == [accounts.owner().email]


def test_the_most_generous_role_that_reveals_counts(in_acme):
    person = seer(most=1)
    other = make_role(permissions=["order:view"])
    other.reveals_a_day = 9
    person.roles = [*person.roles, other]
    customer = make_customer()
    shown(customer, by=person)
    with pytest.raises(Refused):
        shown(customer, by=person)


@pytest.fixture
def office(in_acme, client):
    """A person who looks after a customer, and her browser."""
    person = seer()
    customer = make_customer(phone=PHONE, by=person)
    session().commit()
    return person.id, customer.public_id, signed_in(client, person)


def test_a_page_gives_the_number_for_a_reason_only(office):
    _person, public_id, browser = office
    path = f"/customers/{public_id}"
    assert PHONE not in browser.get(path).text
    ask = f"{path}/reveal/phone"
    assert PHONE not in browser.get(ask).text
    assert browser.submit(ask, {"reason": "x"}).status_code == 422
    refused = browser.submit(ask, {"purpose": "other", "reason": ""})
    assert refused.status_code == 422
    assert PHONE not in refused.text
    given = browser.submit(ask, {"purpose": "contact", "reason": "客户来电核对"})
    assert PHONE in given.text
    assert given.cache_control.no_store
    assert "delay:30s" in given.text
    assert queries.log_of(public_id)[0].details["reason"] == "客户来电核对"
    hidden = browser.get(f"{path}/masked/phone", headers={"HX-Request": "true"}).text
    assert "137****6007" in hidden
    assert browser.get(f"{path}/reveal/name").status_code == 404


def test_one_tap_is_enough_for_own_records_under_a_reason(office):
    person, public_id, browser = office
    other = f"/customers/{make_customer(phone='13700136008').public_id}/reveal/phone"
    path = f"/customers/{public_id}/reveal/phone"
    token = browser.token("/account")
    tap = {"csrf_token": token}
    assert browser.post(path, data=tap).status_code == 422
    typed = {"purpose": "delivery", "reason": "派件", "remember": "y"}
    assert PHONE in browser.submit(path, typed).text
    page = browser.get(f"/customers/{public_id}").text
    assert PHONE not in page
    assert f'hx-post="{path}"' in page
    got = browser.post(path, data=tap, headers={"HX-Request": "true"})
    assert PHONE in got.text
    assert browser.post(other, data=tap).status_code == 422
    newest = session().scalars(select(Reveal).order_by(Reveal.id.desc()).limit(1)).one()
    assert (newest.purpose, newest.reason) == ("delivery", "派件")
    assert says(browser.get("/account/reveals"), "Delivery")
    browser.post("/account/reveals/end", data=tap)
    assert browser.post(path, data=tap).status_code == 422
    assert browser.submit("/account/reveals", {"purpose": "contact"}).status_code == 303
    with clock.moved(clock.now() + timedelta(hours=9)):
        opened = queries.sessions_of(session().get(User, person))
        assert [queries.reveal_task(one) for one in opened] == [None]


def test_a_call_leads_to_the_telephone_and_shows_no_number(office):
    _person, public_id, browser = office
    path = f"/customers/{public_id}/call"
    page = browser.get(path)
    assert PHONE not in page.text
    assert "tel:" in page.headers["Content-Security-Policy"]
    typed = {"purpose": "contact", "reason": ""}
    called = browser.submit(path, typed)
    assert called.location == f"tel:{PHONE}"
    assert called.cache_control.no_store
    inside = browser.submit(path, typed, headers={"HX-Request": "true"})
    assert (inside.status_code, inside.headers["HX-Redirect"]) == (204, f"tel:{PHONE}")
    assert PHONE not in inside.text
    ways = session().scalars(select(Reveal.way))
    assert set(ways) == {"called"}


def test_an_order_s_recipient_is_masked_and_its_handler_taps(in_acme, client):
    person = seer()
    order = make_order(recipient_phone="13700137999", recipient_address="科技路 1 号")
    pass_audit(order, by=accounts.owner())
    assign_order(order, handler=person, by=accounts.owner())
    session().commit()
    browser = signed_in(client, person)
    path = f"/orders/{order.public_id}"
    assert "13700137999" not in browser.get(path).text
    assert "13700137999" in browser.submit(f"{path}/reveal/phone", {"purpose": "contact"}).text
    assert "科技路" in browser.submit(f"{path}/reveal/address", {"purpose": "delivery"}).text
    assert ORDER.is_assigned(order, person)
    edit = signed_in(client, accounts.owner()).get(f"{path}/edit").text
    assert "13700137999" not in edit


def test_what_is_out_of_reach_stays_hidden(in_acme, rival, client):
    customer = make_customer()
    public_id = customer.public_id
    own = seer(scope="own")
    viewer = seer("customer:view")
    for browser in [signed_in(client, person) for person in (own, viewer)]:
        for path in ("reveal/phone", "call"):
            assert browser.get(f"/customers/{public_id}/{path}").status_code == 403
    with workspace_scope(rival):
        stranger = signed_in(client, accounts.owner())
    assert stranger.get(f"/customers/{public_id}/reveal/phone").status_code == 404
    assert session().scalar(select(func.count(Reveal.id))) == 0


def test_the_log_is_a_list_for_auditors(office, client):
    person, public_id, browser = office
    customer = queries_of_customers.find_customer(public_id)
    number = customer.number
    shown(customer, by=session().get(User, person))
    auditor = signed_in(client, make_user(roles=[accounts.role("auditor")]))
    text = auditor.get("/audit/reveals").text
    assert number in text
    assert PHONE not in text
    assert number not in auditor.get("/audit/reveals?purpose=delivery").text
    assert auditor.get("/audit/reveals?export=xlsx").status_code == 200
    assert browser.get("/audit/reveals").status_code == 403


def test_a_ceiling_is_set_for_each_role_the_administrators_too(in_acme, client):
    role = accounts.role("administrator")
    browser = signed_in(client, accounts.owner())
    path = f"/roles/{role.public_id}/reveals"
    assert browser.submit(path, {"most": "-1"}).status_code == 422
    assert browser.submit(path, {"most": "x"}).status_code == 422
    assert browser.submit(path, {"most": "7"}).status_code == 303
    role = accounts.role("administrator")
    assert role.reveals_a_day == 7
    assert "role:ceiling_set" in accounts.log_names(role)
    assert signed_in(client, accounts.agent()).get(path).status_code == 403
