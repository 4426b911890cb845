"""From signing up to the first commission paid out, as the people themselves do it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.pages import PASSWORD, Screen

MOST_TAPS = 8
RATE, SHARE = "100.00", "60"
EARNED = re.compile(r"[¥￥]60\.00")
PASTED = "李小花，13712345678，110105199003072346，广东省深圳市南山区科技路 8 号"


def _today() -> str:
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()


class Story:
    """What both runs of the journey call their things; the address keeps them apart."""

    def __init__(self, language: str) -> None:
        self.address = f"journey-{language}"
        self.owner = f"boss_{language}"
        self.email = f"boss@journey-{language}.example.com"
        self.agent = f"agent_{language}"
        digit = "1" if language == "zh" else "2"
        self.numbers = [f"1860000{digit}{tail:03}" for tail in (123, 456, 789)]
        self.cards = [f"8986012600000{digit}{serial:06}" for serial in range(3)]


def _sign_up(site, screen: Screen, story: Story) -> None:
    screen.go(site.url("", "/signup"))
    form = screen.form("/signup")
    screen.fill(
        form,
        company=f"旅程通信 {story.address}",
        contact_name="周老板",
        username=story.owner,
        email=story.email,
        phone="13800138111",
        password=PASSWORD,
        confirm=PASSWORD,
        purpose="resell",
        contact_role="owner",
        service_type="self_service",
        terms=True,
    )
    screen.fill(form, address=story.address)
    expect(screen.page.locator("#address-note")).to_contain_text(story.address)
    screen.picture("sign-up")
    screen.send(form)
    screen.picture("review")
    screen.send(screen.form("/signup/submit"))
    screen.picture("sent")
    screen.go(site.mailed_link(story.email))
    screen.picture("confirm")
    screen.send(screen.form("/signup/verify"))
    screen.picture("progress")
    # The page itself leads to the new workspace's log-in.
    screen.page.wait_for_url(site.url(story.address, "/login"), timeout=60_000)
    screen.origin = site.url(story.address)
    screen.ready()
    screen.log_in(story.owner)
    assert screen.path == "/home/"
    expect(screen.place.locator('a[href="/settings/verification/"]')).to_be_visible()
    screen.picture("first-home")
    # Whoever signs up is verified by an operator first; those pages have tests of their own.
    site.verify(story.address)


def _complete_the_profile(screen: Screen) -> None:
    screen.go("/settings/profile")
    form = screen.form("/settings/profile")
    screen.fill(form, contact_name="周老板", contact_phone="075512345678", address="深圳南山")
    screen.send(form)
    expect(screen.page.locator("[data-toast=success]")).to_be_visible()
    screen.picture("profile")


def _build_the_team(screen: Screen) -> str:
    """Add a top channel and its sub-channel; return the link that invites its owner."""
    screen.go("/channels/")
    screen.act("/channels/new", name="华南总代", contact_name="陈总", contact_phone="13900139001")
    expect(screen.place).to_contain_text("华南总代")
    screen.tab("children")
    link = screen.place.locator('a[href*="/channels/new?parent="]').first
    screen.tap(link)
    form = screen.form("/channels/new")
    screen.fill(
        form,
        name="南山门店",
        kind="store",
        contact_name="刘店长",
        contact_phone="13900139002",
        share=SHARE,
    )
    screen.send(form)
    expect(screen.place).to_contain_text("华南总代 / 南山门店")
    # What was sent from a drawer has arrived: the next form must not start with it.
    kept = screen.page.evaluate("Object.keys(sessionStorage)")
    assert not [key for key in kept if ":draft:" in key]
    screen.picture("sub-channel", whole=screen.is_phone)
    screen.act("/invite", name="刘店长", role="owner")
    expect(screen.place.locator('img[src^="data:image"]')).to_be_visible()
    screen.picture("invitation", whole=screen.is_phone)
    found = re.search(r"http://\S+/join/[\w-]+", screen.place.inner_text())
    assert found
    return found[0]


def _accept(screen: Screen, link: str, story: Story) -> None:
    screen.go(link)
    form = screen.form("/join/")
    screen.fill(form, phone="13900139002", username=story.agent, password=PASSWORD)
    screen.picture("join")
    screen.send(form)
    assert screen.path == "/portal/"
    screen.picture("portal-home")


def _add_a_product(screen: Screen) -> None:
    screen.go("/products/new")
    form = screen.form("/products/new")
    screen.fill(
        form,
        name="畅行卡 29",
        carrier="unicom",
        monthly_amount="29.00",
        data_mb="30720",
        voice_minutes="100",
        delivery_modes=["counter"],
        repeat_days="0",
    )
    screen.picture("product-form")
    screen.send(form)
    product = screen.path
    screen.go(f"{product}/rates/")
    screen.act("/rates/new", milestone="activated", amount=RATE, timing="at_once")
    screen.picture("rates")
    screen.go(product)
    screen.press("/put-on-shelf")
    expect(screen.page.locator("[data-toast=success]")).to_be_visible()


def _import(screen: Screen, kind: str, file: Path, **options: object) -> None:
    """Bring a file in through the wizard: upload, mapping, dry run, confirmation."""
    screen.go(f"/imports/new/{kind}")
    form = screen.form(f"/imports/new/{kind}")
    screen.fill(form, file=file, **options)
    screen.send(form)
    # The headers say what is what: the mapping is taken as it is proposed.
    screen.send(screen.form("/imports/"))
    confirm = screen.form("/confirm")
    screen.picture(f"import-{kind}")
    screen.send(confirm)
    expect(screen.page.locator("#import-state .note-success")).to_be_visible(timeout=30_000)


def _take_in_stock(screen: Screen, story: Story, folder: Path) -> None:
    screen.go("/pools/new")
    form = screen.form("/pools/new")
    screen.fill(form, name="主号码池", carrier="unicom")
    screen.send(form)
    numbers = folder / "numbers.csv"
    numbers.write_text("号码\n" + "\n".join(story.numbers) + "\n", encoding="utf-8")
    cards = folder / "cards.csv"
    cards.write_text("ICCID\n" + "\n".join(story.cards) + "\n", encoding="utf-8")
    _import(screen, "numbers", numbers, pool="主号码池")
    _import(screen, "cards", cards)


def _take_an_order(screen: Screen, story: Story) -> str:
    """From the portal's home to a placed order; return its id."""
    number = story.numbers[1]
    screen.go("/portal/")
    screen.taps = 0
    screen.follow("/portal/take/")
    screen.tap(screen.page.locator("#main .phone-list a").first)
    screen.ready()
    screen.tap(screen.page.locator('#main a[href$="/numbers"]'))
    screen.ready()
    screen.picture("numbers")
    screen.tap(screen.page.locator(f'form[action$="/hold/{number}"] button'))
    expect(screen.page.locator("[data-countdown]")).to_be_visible()
    paste = screen.page.locator("[data-paste-text]")
    screen.tap(paste)
    paste.fill(PASTED)
    form = screen.form("/portal/take/")
    expect(form.locator('[name="document"]')).to_have_value("110105199003072346")
    expect(form.locator('[name="customer_phone"]')).to_have_value("13712345678")
    screen.picture("order-form")
    screen.send(form)
    assert screen.taps <= MOST_TAPS, f"an order took {screen.taps} taps"
    expect(screen.page.locator(".phone-text")).to_contain_text("186")
    screen.tap(screen.page.locator(".btn[data-copy]"))
    expect(screen.page.locator("[data-toast=success]").first).to_be_visible()
    screen.picture("placed")
    return screen.path.rpartition("/")[2]


def _handle(screen: Screen, order: str, story: Story) -> None:
    """The back office takes an order from the audit to activation."""
    screen.go("/orders/")
    screen.picture("orders")
    row = screen.page.locator(f'a[href$="/orders/{order}"]').filter(visible=True).first
    screen.tap(row)
    screen.page.locator(f'a[href$="/{order}/audit"]').filter(visible=True).wait_for()
    screen.picture("order-drawer", whole=screen.is_phone)
    screen.act("/audit", remark="资料齐全")
    screen.act("/submit", carrier_order_number="U-0001")
    for ending, values in (
        ("/answer", {"state": "opened", "text": "成功"}),
        ("/card", {"iccid": story.cards[0]}),
        ("/hand-over", {}),
        ("/event", {"event": "activated", "occurred_on": _today()}),
    ):
        screen.tab("items")
        screen.act(ending, **values)
    screen.tab("track")
    screen.picture("track", whole=screen.is_phone)
    assert screen.place.locator(".headline").count() == 1


def _look_why(screen: Screen, order: str) -> None:
    screen.go(f"/orders/{order}")
    screen.tab("commission")
    rows = screen.place.locator("tbody tr")
    expect(rows).to_have_count(2)
    mine = rows.filter(has_text="南山门店")
    expect(mine).to_contain_text(EARNED)
    screen.tap(mine.locator("a"))
    expect(screen.page.locator(".headline strong", has_text=EARNED)).to_be_visible()
    screen.picture("why", whole=screen.is_phone)


def _see_commission(screen: Screen, state: str) -> None:
    screen.go(f"/portal/commission?state={state}")
    line = screen.page.locator("#main .phone-list a").first
    expect(line).to_contain_text(EARNED)
    screen.picture(f"commission-{state}")


def _settle_and_pay(screen: Screen) -> None:
    screen.go("/settlement/settle")
    form = screen.page.locator('form[method="post"][action="/settlement/settle"]')
    screen.picture("settle")
    screen.send(form)
    assert screen.path.startswith("/settlement/runs/")
    screen.go("/settlement/balances/")
    row = screen.page.locator("tr", has_text="南山门店")
    expect(row).to_contain_text(EARNED)
    link = row.locator('a[href$="/pay"]').first
    if not link.is_visible():
        row.locator('[data-bs-toggle="dropdown"]').click()
    screen.tap(link)
    form = screen.form("/pay")
    screen.fill(form, amount="60.00", method="bank", reference="TX-1", password=PASSWORD)
    screen.picture("pay", whole=screen.is_phone)
    screen.send(form)
    expect(screen.place).to_contain_text("TX-1")
    screen.picture("payouts", whole=screen.is_phone)


@pytest.mark.parametrize(("language", "phone"), [("zh", False), ("en", True)])
def test_a_reseller_signs_up_sells_a_number_and_pays_the_commission(
    site, new_screen, tmp_path, language, phone
):
    story = Story(language)
    office = new_screen("office", language=language, phone=phone)
    _sign_up(site, office, story)
    _complete_the_profile(office)
    link = _build_the_team(office)
    portal = new_screen("portal", language=language, phone=True, label=story.address)
    _accept(portal, link, story)
    _add_a_product(office)
    _take_in_stock(office, story, tmp_path)

    order = _take_an_order(portal, story)
    _handle(office, order, story)
    _see_commission(portal, "pending")
    _look_why(office, order)

    _settle_and_pay(office)
    _see_commission(portal, "settled")
    portal.go("/portal/")
    expect(portal.page.locator("[data-hideable]", has_text=EARNED)).to_be_visible()
    portal.picture("paid")
