"""Charges beyond plans in the console: listed, explained, exported, let off with a reason."""

import pytest

from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import ChargeState
from kit.db import control_session
from tests.factories.billing import make_charge
from tests.factories.control import PASSWORD

LIST = "/console/billing/charges"


@pytest.fixture
def charge(account):
    return make_charge(account)


def waive(console, charge, **typed):
    path = f"{LIST}/{charge.public_id}/waive"
    return console.submit(path, {"reason": "我方故障", "own": PASSWORD} | typed)


def test_all_charges_are_listed_and_found(console, charge, workspace):
    page = console.get(LIST).text
    assert workspace.name in page
    assert "¥19.80" in page
    assert "¥19.80" not in console.get(LIST + "?state=waived").text
    assert "¥19.80" not in console.get(LIST + "?q=nobody").text
    assert console.get(LIST + "?export=xlsx").status_code == 200
    of_one = f"/console/workspaces/{workspace.public_id}/billing/charges"
    assert "¥19.80" in console.get(of_one).text
    assert console.get(of_one + "?export=xlsx").status_code == 200


def test_a_charge_says_how_it_came_about(console, charge):
    page = console.get(f"{LIST}/{charge.public_id}").text
    assert "14" in page
    assert "¥9.90" in page
    assert console.get(f"{LIST}/nothing").status_code == 404


def test_the_account_shows_what_this_month_costs_so_far(console, workspace, account, price):
    price.plan_version.limits = write_limits({Counted.SEATS: Limit(5)})
    control_session().commit()
    page = console.get(f"/console/workspaces/{workspace.public_id}/billing/usage").text
    assert f"/console/workspaces/{workspace.public_id}/billing/charges" in page


def test_an_operator_lets_a_charge_off_with_reason_and_password(console, charge, account, logged):
    assert waive(console, charge).status_code == 303
    control_session().expire_all()
    assert (charge.state, charge.waived_reason) == (ChargeState.WAIVED, "我方故障")
    assert logged(account).count("billing:usage_waived") == 1


@pytest.mark.parametrize("typed", [{"own": "wrong"}, {"reason": ""}, {"reason": "x" * 501}])
def test_without_reason_or_password_nothing_is_let_off(console, charge, account, logged, typed):
    answer = waive(console, charge, **typed)
    assert answer.status_code == 422
    control_session().expire_all()
    assert (charge.state, charge.waived_by) == (ChargeState.RECKONED, "")
    assert "billing:usage_waived" not in logged(account)


def test_what_is_on_an_invoice_is_not_offered(console, charge, account):
    charge.state = ChargeState.INVOICED
    control_session().commit()
    assert "/waive" not in console.get(f"{LIST}/{charge.public_id}").text
    assert console.get(f"{LIST}/{charge.public_id}/waive").status_code == 303


def test_a_stranger_sees_no_charges(stranger, charge):
    for path in (LIST, f"{LIST}/{charge.public_id}", f"{LIST}/{charge.public_id}/waive"):
        assert stranger.get(path).status_code == 302
