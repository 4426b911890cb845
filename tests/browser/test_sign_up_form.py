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


def test_the_labels_of_what_is_required_are_red(site, new_screen):
    # E019: red words mark what must be filled in, the star is for those who see no red.
    screen = new_screen("visitor", language="zh", phone=True)
    screen.go(site.url("", "/signup"))
    found = screen.page.evaluate("""() => ["company", "reference_code"].map((name) => {
      const id = document.querySelector(`[name=${name}]`).id;
      const label = document.querySelector(`label[for="${id}"]`);
      return [getComputedStyle(label).color, getComputedStyle(label, "::before").content];
    })""")
    red, plain = found
    assert red[1] == '"*"'
    assert plain[1] == "none"
    assert red[0] != plain[0]
    channels = [int(part) for part in re.findall(r"\d+", red[0])[:3]]
    assert channels[0] > 2 * max(channels[1:])
