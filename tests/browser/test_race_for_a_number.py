"""Two sub-agents press the same number at the same moment."""

from playwright.sync_api import expect

NUMBER = "13988880001"


def _at_the_numbers(new_screen, name, login, product):
    screen = new_screen(name, phone=True, label="acme")
    screen.go("/portal/login")
    screen.log_in(login)
    screen.go(f"/portal/take/{product}/numbers")
    return screen


def test_exactly_one_of_two_gets_the_number(site, new_screen):
    scene = site.stage("one_number", "acme", number=NUMBER)
    screens = [
        _at_the_numbers(new_screen, f"race{turn}", login, scene["product"])
        for turn, login in enumerate(scene["people"])
    ]
    for screen in screens:
        button = screen.page.locator(f'form[action$="/hold/{NUMBER}"] button')
        expect(button).to_be_visible()
    # Sent together: neither waits for the other's answer.
    for screen in screens:
        screen.page.evaluate(
            "number => setTimeout(() => document.querySelector("
            "`form[action$='/hold/${number}'] button`).click(), 100)",
            NUMBER,
        )
    for screen in screens:
        screen.page.locator("[data-countdown], [data-toast]").first.wait_for()
        screen.ready()
        screen.picture("after")
    held = [screen for screen in screens if screen.page.locator("[data-countdown]").count()]
    assert len(held) == 1
    loser = next(screen for screen in screens if screen not in held)
    sentence = loser.page.locator("[data-toast] p").first.inner_text()
    assert sentence.strip()
    assert "139 8888 0001" not in held[0].page.locator("[data-toast]").all_inner_texts()
    assert "139 8888 0001" in held[0].text()
