"""The sign-up form proposes an address, but never over what somebody has typed."""

import re

from playwright.sync_api import Route, expect

SUGGESTION = re.compile("/signup/suggestion")


def test_a_late_proposal_leaves_what_was_typed(site, new_screen):
    screen = new_screen("visitor", language="zh", phone=False)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    screen.page.route(SUGGESTION, hold)
    for typed, kept in (("mine", "mine"), ("", "haoshukeji")):
        screen.go(site.url("", "/signup"))
        address = screen.page.locator("input[name=address]")
        screen.page.locator("input[name=company]").fill("号树科技")
        with screen.page.expect_request(SUGGESTION):
            # Leaving the field asks for the proposal.
            address.focus()
        address.press_sequentially(typed)
        with screen.page.expect_response(SUGGESTION):
            held.pop().continue_()
        screen.page.wait_for_timeout(300)
        expect(address).to_have_value(kept)
