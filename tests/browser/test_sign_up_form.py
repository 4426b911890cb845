"""The sign-up form proposes an address, but never over what somebody has typed."""

import re
import time

from playwright.sync_api import Route, expect


def test_a_late_proposal_leaves_what_was_typed(site, new_screen):
    screen = new_screen("visitor", language="zh", phone=False)

    def late(route: Route) -> None:
        time.sleep(0.6)
        route.continue_()

    screen.page.route(re.compile("/signup/suggestion"), late)
    screen.go(site.url("", "/signup"))
    address = screen.page.locator("input[name=address]")
    for typed, kept in (("mine", "mine"), ("", "haoshukeji")):
        screen.page.locator("input[name=company]").fill("号树科技")
        with screen.page.expect_response(re.compile("/signup/suggestion")):
            # Leaving the field asks for the proposal.
            address.focus()
            address.press_sequentially(typed)
        screen.page.wait_for_timeout(300)
        expect(address).to_have_value(kept)
        screen.page.locator("input[name=company]").fill("别的名字")
        address.fill("")
