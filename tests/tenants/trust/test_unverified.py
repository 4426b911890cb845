"""What stays shut until the company is verified, and what can be tried all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from control.workspaces.directory import directory
from kit import audit, clock
from kit.db import control_session, session, workspace_scope
from kit.errors import Refused
from tenants.accounts.dictionary import Carrier
from tenants.orders import services as orders
from tenants.orders.models import Order
from tenants.orders.states import CarrierState
from tests.factories.catalogue import make_product
from tests.factories.channels import make_channel, make_person, portal
from tests.factories.numbers import make_card
from tests.factories.orders import make_order, new_order
from tests.factories.trust import row_of


@pytest.fixture
def unverified(acme):
    with workspace_scope(replace(acme, is_verified=False)) as tenant:
        yield tenant


def ready() -> Order:
    order = make_order(product=make_product(carrier=Carrier.MOBILE), card=make_card())
    orders.pass_audit(order, by=audit.SYSTEM)
    return order


def test_everything_can_be_tried_inside(unverified):
    assert ready().state == "audited"


def test_nothing_goes_to_a_carrier(unverified):
    order = ready()
    with pytest.raises(Refused, match="before your company is verified"):
        orders.submit_to_carrier(order, by=audit.SYSTEM)
    assert order.items[0].carrier_state == CarrierState.TO_SUBMIT


def test_a_channels_person_places_no_order(unverified):
    person = make_person(make_channel())
    with pytest.raises(Refused, match="still being verified"):
        orders.place_order(new_order(), channel=person.channel, by=person)
    assert session().scalar(select(func.count()).select_from(Order)) == 0


def test_the_portal_says_why(client, acme, in_acme):
    browser = portal(client, make_person(make_channel()))
    assert "仍在认证中" not in browser.get("/portal/take/").text
    row_of(acme).is_verified = False
    control_session().commit()
    directory.forget()
    assert "仍在认证中" in browser.get("/portal/take/").text


def submitted(tenant, **changes) -> int:
    with workspace_scope(replace(tenant, **changes)):
        return orders.submit_to_carrier(ready(), by=audit.SYSTEM)


def test_an_exempted_company_submits_to_all(acme):
    assert submitted(acme, authorised=None) == 1


def test_a_carriers_letter_opens_that_carrier_to_its_last_day(acme):
    assert submitted(acme, authorised=(("mobile", clock.today()),)) == 1


@pytest.mark.parametrize(
    ("carrier", "days", "sentence"),
    [("unicom", 10, "No authorisation"), ("mobile", -1, "ended on")],
)
def test_no_letter_no_submission(acme, carrier, days, sentence):
    held = ((carrier, clock.today() + timedelta(days=days)),)
    with pytest.raises(Refused, match=sentence):
        submitted(acme, authorised=held)
