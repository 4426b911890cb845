"""A passkey in the browser's own virtual authenticator: added, then used at the door."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.pages import PASSWORD

PERSON = "passkey_holder"


@pytest.fixture
def device(site, new_screen):
    """A screen whose browser has a security key in it."""
    site.stage("administrator", "acme", username=PERSON)
    screen = new_screen("passkey", label="acme")
    tools = screen.page.context.new_cdp_session(screen.page)
    tools.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    key = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return screen, tools, key["authenticatorId"]


def test_a_passkey_is_added_and_opens_the_second_step(device):
    screen, tools, key = device
    page = screen.page
    screen.go("/login")
    screen.log_in(PERSON)
    screen.go("/account/second-step")
    screen.picture("second-step")
    page.fill("#passkey-name", "我的笔记本")
    page.locator("form[data-passkey] button").click()
    expect(page.locator(".codes code")).to_have_count(10)
    assert len(tools.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1
    screen.go("/account/second-step")
    expect(page.locator('input[value="我的笔记本"]')).to_be_visible()
    screen.picture("passkeys")

    page.context.clear_cookies(name="office")
    screen.go("/login")
    page.fill("[name=login]", PERSON)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/login/step"))
    screen.ready()
    screen.picture("door")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile(r"/home"))
