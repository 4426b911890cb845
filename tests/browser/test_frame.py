"""The frame around every page: finding anything, what happens offline, two who edit at once."""

import re

import pytest
from playwright.sync_api import expect

NAME = "云梦泽渠道"


@pytest.fixture(scope="module")
def screen(kept_screen):
    opened = kept_screen("frame", label="acme")
    opened.go("/login")
    opened.log_in("acme_owner")
    opened.go("/channels/new")
    form = opened.form("/channels/new")
    opened.fill(form, name=NAME, contact_name="陈经理", contact_phone="13900139222")
    opened.send(form)
    return opened


def test_control_k_finds_a_record_and_opens_it(screen):
    page, found = screen.page, screen.path
    screen.go("/orders/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette a").first).to_contain_text(NAME)
    page.keyboard.type("梦泽")
    expect(page.locator("#palette .found")).to_have_count(1)
    screen.picture("palette")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(found))
    # And it stands among the open pages, until it is closed.
    strip = page.locator("#open-pages")
    expect(strip.locator("[aria-current]")).to_contain_text(NAME)
    strip.locator("li", has_text=NAME).locator("button").click()
    page.wait_for_url(re.compile("/(orders|channels)/"))
    expect(strip.locator("li", has_text=NAME)).to_have_count(0)
    screen.go(found)


def test_escape_closes_the_search_and_keeps_the_page(screen):
    here = screen.path
    screen.page.keyboard.press("Control+k")
    expect(screen.page.locator("#palette")).to_be_visible()
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator("#palette")).to_be_hidden()
    assert screen.path == here


def test_a_form_that_is_sent_offline_waits_and_keeps_what_was_typed(screen):
    page, here = screen.page, screen.path
    screen.go(here + "/edit")
    form = screen.form(here + "/edit")
    screen.fill(form, remark="断网时写的备注")
    page.context.set_offline(offline=True)
    expect(page.locator("#offline")).to_be_visible()
    form.locator("[data-submit]").click()
    expect(page.locator('[data-toast="danger"]')).to_be_visible()
    expect(form.locator('[name="remark"]')).to_have_value("断网时写的备注")
    screen.picture("offline")
    page.context.set_offline(offline=False)
    expect(page.locator("#offline")).to_be_hidden()
    screen.send(form)
    assert "断网时写的备注" in screen.text()


def test_of_two_who_edit_at_once_each_is_told_field_by_field(screen, new_screen):
    path = screen.path + "/edit"
    second = new_screen("second", label="acme")
    second.go("/login")
    second.log_in("acme_owner")
    for one in (screen, second):
        one.go(path)
    mine, theirs = screen.form(path), second.form(path)
    second.fill(theirs, remark="对方的备注", contact_name="对方联系人")
    second.send(theirs)

    screen.fill(mine, remark="我的备注")
    mine.locator("[data-submit]").click()
    taker = screen.page.locator("[data-take]")
    expect(taker).to_have_count(1)
    # Only one of the two is in dispute; the other has come over by itself.
    expect(mine.locator('[name="contact_name"]')).to_have_value("对方联系人")
    expect(mine.locator('[name="remark"]')).to_have_value("我的备注")
    screen.picture("conflict")
    taker.click()
    expect(mine.locator('[name="remark"]')).to_have_value("对方的备注")
    screen.fill(mine, remark="两人的备注")
    screen.send(mine)
    assert "两人的备注" in screen.text()
    assert "对方联系人" in screen.text()
