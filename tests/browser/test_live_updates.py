"""What happens elsewhere shows on an open page, without asking again and without a reload."""

import re

from playwright.sync_api import expect

SOON = 15_000


def test_the_bell_counts_up_while_the_page_stays(new_screen, site):
    screen = new_screen("live", label="acme")
    screen.go("/login")
    screen.log_in("acme_owner")
    with screen.page.expect_response(re.compile("/live\\?ticket=")) as stream:
        screen.go("/notices/")
    assert stream.value.status == 200
    assert (stream.value.header_value("content-type") or "").startswith("text/event-stream")
    page, count = screen.page, screen.page.locator("[data-bell-count]")
    before = int(count.inner_text() or 0) if count.is_visible() else 0
    page.evaluate("window.isTheSame = true")
    for number in (before + 1, before + 2):
        site.stage("mention", "acme", username="acme_owner")
        expect(count).to_have_text(str(number), timeout=SOON)
    # The list on it shows them, too, and nobody has loaded the page again.
    expect(page.locator("#main tbody tr", has_text="周同事")).to_have_count(2, timeout=SOON)
    assert page.evaluate("window.isTheSame") is True
    assert f"{before + 2}" in (page.locator("[data-bell]").get_attribute("aria-label") or "")
    screen.picture("bell")
