"""A log-in runs out while somebody is typing: nothing typed is lost."""

import re

from playwright.sync_api import expect

NAME = "华南旗舰渠道"
PERSON = "interrupted"
REMARK = "签约三年，首批二百张白卡。"


def test_what_was_typed_is_there_after_logging_in_again(site, new_screen):
    site.stage("administrator", "acme", username=PERSON)
    screen = new_screen("expired", label="acme")
    screen.go("/login")
    screen.log_in(PERSON)
    screen.go("/channels/new")
    form = screen.form("/channels/new")
    screen.fill(form, name=NAME, contact_name="陈经理", remark=REMARK)
    site.stage("expire", "acme", username=PERSON)

    form.locator("[data-submit]").click()
    screen.page.wait_for_url(re.compile(r"/login\b"))
    screen.picture("log-in-again")
    screen.log_in(PERSON)

    # Back at the form that was sent, filled in as it was.
    assert screen.path == "/channels/new"
    form = screen.form("/channels/new")
    expect(form.locator('[name="name"]')).to_have_value(NAME)
    expect(form.locator('[name="remark"]')).to_have_value(REMARK)
    expect(screen.page.locator(".draft-note")).to_be_visible()
    screen.picture("draft")
    screen.fill(form, contact_phone="13900139111")
    screen.send(form)
    assert NAME in screen.text()
    # What has arrived is no draft any more.
    screen.go("/channels/new")
    expect(screen.form("/channels/new").locator('[name="name"]')).to_have_value("")
    expect(screen.page.locator(".draft-note")).to_have_count(0)
