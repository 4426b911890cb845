"""The billing pages are the operator's: each opens for him, and for nobody else."""

import pytest

from tests.factories.control import make_operator

PAGES = (
    "/console/billing/revenue",
    "/console/billing/accounts",
    "/console/billing/books",
    "/console/billing/invoices",
    "/console/billing/fapiao",
    "/console/billing/plans",
    "/console/billing/plans/new",
    "/console/billing/coupons",
    "/console/billing/coupons/new",
    "/console/billing/dunning",
    "/console/billing/seller",
    "/console/billing/taxes",
    "/console/billing/events",
    "/console/billing/drift",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_the_operator_in_both_languages(console, path):
    assert console.get(path).status_code == 200
    console.set_cookie("language", "en", domain="console.simtree.test")
    assert '<html lang="en">' in console.get(path).text


def test_who_is_not_logged_in_is_led_to_the_log_in(stranger, workspace):
    for path in (*PAGES, f"/console/workspaces/{workspace.public_id}/billing"):
        response = stranger.get(path)
        assert response.status_code == 302
        assert "/console/login" in response.location


def test_no_person_of_a_workspace_gets_in(client, acme, workspace):
    make_operator()
    for place in (acme, ""):
        browser = client.at(place)
        for path in (*PAGES, f"/console/workspaces/{workspace.public_id}/billing"):
            assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "name", ["accounts", "books", "invoices", "fapiao", "plans", "coupons", "events", "drift"]
)
def test_a_list_leaves_as_a_spreadsheet_and_the_log_says_so(console, logged, name):
    answer = console.get(f"/console/billing/{name}?export=xlsx")
    assert answer.data.startswith(b"PK")
    assert logged()[-1] == "console:list_exported"


@pytest.mark.parametrize(
    "path",
    [
        "plans/{0}", "plans/{0}/edit", "versions/{0}", "versions/{0}/edit", "coupons/{0}",
        "coupons/{0}/uses", "invoices/{0}", "invoices/{0}/refund", "events/{0}",
        "fapiao/{0}", "fapiao/{0}/issue",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(console, path):
    assert console.get("/console/billing/" + path.format("0" * 26)).status_code == 404
