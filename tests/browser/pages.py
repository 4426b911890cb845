"""What people do on pages, whatever their language: fields by name, links by address."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

PASSWORD = "Tree-house-2026"


class Screen:
    """One person's browser, at one host."""

    def __init__(self, page: Page, *, origin: str, pictures: Path | None, name: str) -> None:
        self.page = page
        self.origin = origin
        self.taps = 0
        self._pictures = pictures
        self._name = name
        self._taken = 0

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def is_phone(self) -> bool:
        return bool(self.page.viewport_size and self.page.viewport_size["width"] < 768)

    def go(self, path: str) -> None:
        """Open an address; a path is one of this person's host."""
        self.page.goto(path if path.startswith("http") else self.origin + path)
        self.ready()

    def ready(self) -> None:
        """Wait until a page and its scripts have started."""
        self.page.locator("html[data-ready=true]").wait_for(state="attached")

    def picture(self, title: str, *, whole: bool = True) -> None:
        """Look that the page is no wider than its screen; keep a screenshot if they are kept."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        size = self.page.viewport_size
        assert size
        assert width <= size["width"], f"{self.path} is {width} wide on a screen of {size['width']}"
        if self._pictures is None:
            return
        self._taken += 1
        self.page.evaluate("document.fonts.ready.then(() => true)")
        name = f"{self._name}-{self._taken:02}-{title}.png"
        self.page.screenshot(path=self._pictures / name, full_page=whole)

    def text(self) -> str:
        return self.page.locator("#main").inner_text()

    @property
    def place(self) -> Locator:
        """Where this person reads: the drawer when one is open, else the page."""
        # It slides in: it is being read before it has come to rest.
        drawer = self.page.locator("#drawer:is(.show, .showing) #drawer-body")
        return drawer if drawer.count() else self.page.locator("#main")

    def tap(self, what: Locator) -> None:
        """Press with a finger (or the mouse) and count it."""
        self.taps += 1
        # As people do: away from the bars at the edges of the screen.
        what.evaluate("one => one.scrollIntoView({block: 'center'})")
        if self.is_phone:
            what.tap()
        else:
            what.click()

    def follow(self, ending: str) -> None:
        """Press the link whose address ends so, and wait for where it leads."""
        link = self.place.locator(f'a[href$="{ending}"]').filter(visible=True).first
        self.tap(link)
        self.page.wait_for_load_state()
        self.ready()

    def tab(self, key: str) -> None:
        """Open a tab of a record."""
        self.place.locator(f'[role=tab][id$="-{key}-tab"]').click()
        self.place.locator(f'[role=tabpanel].active[id$="-{key}"]').wait_for()

    # Forms

    def form(self, address: str = "") -> Locator:
        """Wait for the form whose action contains an address."""
        to = f'[action*="{address}"]' if address else ""
        found = self.page.locator(f"form[data-form]{to}").filter(visible=True)
        found.first.wait_for()
        return found.first

    def fill(self, form: Locator, **values: object) -> None:
        """Fill in fields by name, each in the way its kind asks for."""
        for name, value in values.items():
            field = form.locator(f'[name="{name}"]').first
            kind = field.evaluate("one => one.tagName + ':' + one.type")
            if kind.startswith("SELECT"):
                self._choose(form, field, value)
            elif kind == "INPUT:radio":
                form.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "INPUT:checkbox":
                field.set_checked(bool(value))
            elif kind == "INPUT:file":
                field.set_input_files(str(value))
            else:
                field.fill(str(value))

    def _choose(self, form: Locator, field: Locator, value: object) -> None:
        wanted = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        if not field.get_attribute("data-picker"):
            field.select_option(wanted)
            return
        # A picker: the words are typed and the line with them is pressed.
        name = field.get_attribute("name")
        box = form.locator(f'.field:has(select[name="{name}"]) .ts-wrapper')
        box.wait_for()
        while (chosen := box.locator(".item .remove")).count():
            chosen.first.click()
        for one in wanted:
            words = field.evaluate(
                "(box, value) => [...Object.values(box.tomselect.options)]"
                ".find((one) => one.value === value || one.text.includes(value)).text",
                one,
            )
            box.locator(".ts-control").click()
            box.locator("input").first.fill(words.strip())
            box.locator(".option", has_text=words.strip()).first.click()

    def send(self, form: Locator) -> None:
        """Press the form's button; AssertionError tells what was refused."""
        form.evaluate("one => { one.dataset.sent = 'yes'; }")
        with self.page.expect_response(_is_post) as caught:
            self.tap(form.locator("[data-submit]"))
        status = caught.value.status
        if status >= 400:
            self.page.wait_for_load_state()
            wrong = self.page.locator(".note-danger, .field-error").all_inner_texts()
            raise AssertionError(f"{status} at {caught.value.url}: {wrong}")
        self.page.locator("form[data-sent]").wait_for(state="detached")
        self.ready()

    def act(self, ending: str, **values: object) -> None:
        """Do one thing with a record: press its link, fill in the form that opens, send it."""
        self.follow(ending)
        form = self.form(ending)
        self.fill(form, **values)
        self.send(form)

    def press(self, ending: str) -> None:
        """Press a button that is a form of its own."""
        button = self.place.locator(f'form[action$="{ending}"] button').first
        with self.page.expect_response(_is_post) as caught:
            self.tap(button)
        assert caught.value.status < 400, caught.value.url
        self.page.wait_for_load_state()
        self.ready()

    def log_in(self, login: str, password: str = PASSWORD) -> None:
        form = self.form()
        self.fill(form, login=login, password=password)
        self.send(form)
        assert "/login" not in self.path, self.text()


def _is_post(response: object) -> bool:
    return bool(response.request.method == "POST")  # type: ignore[attr-defined]
