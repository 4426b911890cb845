"""Parameters: declared, set within bounds, remembered, set back; what obeys them obeys at once."""

import pytest

from kit import audit
from kit.db import session, workspace_scope
from kit.errors import Refused
from tenants.accounts.queries import log_of
from tenants.channels.parameters import MAX_DEPTH
from tenants.numbers.parameters import HOLD_MINUTES
from tenants.setup import parameters, services
from tenants.setup.models import Parameter as ParameterRow
from tenants.setup.parameters import NotAllowed, Parameter
from tenants.setup.services.parameters import find_row
from tests.factories import accounts

BY = audit.SYSTEM
PAGE = "/settings/parameters/numbers.hold_minutes"


def test_the_default_holds_until_it_is_set_and_again_after_it_is_set_back(in_acme):
    assert (HOLD_MINUTES.value(), HOLD_MINUTES.is_set()) == (30, False)
    services.set_parameter(HOLD_MINUTES, 45, version=0, by=BY)
    assert (HOLD_MINUTES.value(), HOLD_MINUTES.is_set()) == (45, True)
    services.set_parameter(HOLD_MINUTES, 45, version=1, by=BY)
    services.reset_parameter(HOLD_MINUTES, by=BY)
    services.reset_parameter(HOLD_MINUTES, by=BY)
    assert (HOLD_MINUTES.value(), HOLD_MINUTES.is_set()) == (30, False)
    history = [entry.details for entry in log_of(find_row(HOLD_MINUTES).public_id)]
    assert [(one["before"], one["after"]) for one in history] == [(45, 30), (30, 45)]


@pytest.mark.parametrize("value", [0, 1441, "45", True, None, 4.5])
def test_what_is_out_of_bounds_is_refused(in_acme, value):
    with pytest.raises(Refused) as refused:
        services.set_parameter(HOLD_MINUTES, value, version=0, by=BY)
    assert refused.value.field == "value"
    assert HOLD_MINUTES.value() == 30


def test_what_bounds_no_longer_allow_counts_as_unset(in_acme):
    session().add(ParameterRow(code=MAX_DEPTH.code, value={"is": 99}))
    session().commit()
    assert MAX_DEPTH.value() == 3


def test_a_stale_copy_is_refused(in_acme):
    services.set_parameter(HOLD_MINUTES, 45, version=0, by=BY)
    with pytest.raises(Refused, match="Somebody else"):
        services.set_parameter(HOLD_MINUTES, 50, version=0, by=BY)


def test_texts_choices_and_switches(in_acme):
    colour = Parameter("test.colour", "", "", "red", choices=[("red", "Red"), ("blue", "Blue")])
    switch = Parameter("test.switch", "", "", default=True)
    assert (colour.checked("blue"), colour.words("blue")) == ("blue", "Blue")
    assert (switch.checked(False), switch.words(False)) == (False, "No")
    for parameter, wrong in ((colour, "green"), (switch, "yes"), (switch, 1)):
        with pytest.raises(NotAllowed):
            parameter.checked(wrong)
    with pytest.raises(NotAllowed):
        Parameter("test.text", "", "", "x").checked("x" * 201)
    with pytest.raises(ValueError, match="twice"):
        parameters.declare(HOLD_MINUTES)


def test_one_workspace_does_not_set_it_for_another(in_acme, rival):
    services.set_parameter(HOLD_MINUTES, 45, version=0, by=BY)
    session().commit()
    with workspace_scope(rival):
        assert HOLD_MINUTES.value() == 30


def test_the_page_sets_it_shows_who_did_and_sets_it_back(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert "号码" in browser.get("/settings/parameters/").text
    refused = browser.submit(PAGE, {"value": "2000"})
    assert refused.status_code == 422
    assert 'value="2000"' in refused.text
    assert browser.submit(PAGE, {"value": "45"}).location == "/settings/parameters/"
    page = browser.get(PAGE).text
    assert accounts.owner().name in page
    assert "45" in page
    token = browser.token(PAGE)
    browser.post(f"{PAGE}/reset", data={"csrf_token": token})
    assert HOLD_MINUTES.value() == 30
    assert browser.get("/settings/parameters/nonsense").status_code == 404


def test_who_may_only_look_sets_nothing(in_acme, client):
    role = accounts.make_role(permissions=["setup:view"])
    looker = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert "data-submit" not in looker.get(PAGE).text
    token = looker.token("/help/reports/new")
    assert looker.post(PAGE, data={"csrf_token": token, "value": "45"}).status_code == 403
    assert looker.post(f"{PAGE}/reset", data={"csrf_token": token}).status_code == 403
    assert accounts.signed_in(client, accounts.agent()).get(PAGE).status_code == 403
