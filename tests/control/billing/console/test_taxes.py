"""Tax rates in the console, and what the price page says of them."""

from tests.control.billing.conftest import make_plan

PAGE = "/console/billing/taxes"


def test_a_rate_is_set_logged_and_told_to_buyers(console, client, logged):
    make_plan("team", 29_900)
    assert "税率" in console.get(PAGE).text
    for wrong in ({"points": "x", "name": "VAT"}, {"points": "60", "name": "VAT"}):
        refused = console.submit(f"{PAGE}/CNY", wrong)
        assert (refused.status_code, 'id="points-error"' in refused.text) == (422, True)
    refused = console.submit(f"{PAGE}/CNY", {"points": "6", "name": ""})
    assert 'id="name-error"' in refused.text
    assert console.submit(f"{PAGE}/CNY", {"points": "6", "name": "VAT"}).status_code == 303
    assert logged()[-1] == "billing:tax_rate"
    page = console.get(PAGE).text
    assert "6 %" in page
    assert "税率：6 %" in page
    assert "已含 6% VAT" in client.at("").get("/prices?currency=CNY").text
    assert console.submit(f"{PAGE}/CNY", {"points": "", "name": ""}).status_code == 303
    assert "已含 6% VAT" not in client.at("").get("/prices?currency=CNY").text
    assert console.get(f"{PAGE}/XXX").status_code == 404


def test_strangers_are_led_to_the_log_in(stranger):
    for path in (PAGE, f"{PAGE}/CNY"):
        assert "/console/login" in stranger.get(path).location
