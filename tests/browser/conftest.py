"""A running site, and browsers that fail a test for whatever goes wrong in a page."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Response, sync_playwright

from infra.local.test import BROWSERS
from tests.browser.pages import Screen
from tests.browser.site import Site

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
# The browser notes every refused form as an error of its own; 422 is how a form says no.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (401|422)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.real_commits)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(
    chromium: Browser, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    started = Site(worker_id, tmp_path_factory.mktemp("site"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where screenshots go: the folder that PICTURES names; without it none are taken."""
    if not os.environ.get("PICTURES"):
        return None
    folder = Path(os.environ["PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


NewScreen = Callable[..., Screen]


@pytest.fixture
def new_screen(chromium: Browser, site: Site, pictures: Path | None) -> Iterator[NewScreen]:
    """Open a browser of somebody: own cookies, a language and a size."""
    with _opening(chromium, site, pictures) as open_:
        yield open_


@pytest.fixture(scope="module")
def kept_screen(chromium: Browser, site: Site, pictures: Path | None) -> Iterator[NewScreen]:
    """The same for browsers that all tests of a module use, one after the other."""
    with _opening(chromium, site, pictures) as open_:
        yield open_


@contextmanager
def _opening(chromium: Browser, site: Site, pictures: Path | None) -> Iterator[NewScreen]:
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSED.match(message.text):
            faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def answered(response: Response) -> None:
        if response.status >= 500:
            faults.append(f"HTTP {response.status}: {response.url}")

    def open_(name: str, *, language: str = "zh", phone: bool = False, label: str = "") -> Screen:
        context = chromium.new_context(
            locale="en-US" if language == "en" else "zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(15_000)
        context.on("console", heard)
        context.on("weberror", lambda error: faults.append(f"page: {error.error}"))
        context.on("response", answered)
        contexts.append(context)
        return Screen(
            context.new_page(),
            origin=site.url(label),
            pictures=pictures,
            name=f"{name}-{language}-{'phone' if phone else 'desktop'}",
        )

    yield open_
    for number, context in enumerate(contexts, 1):
        for page in context.pages if pictures else ():
            page.screenshot(path=pictures / f"last-{number}.png")
        context.close()
    site.check()
    assert not faults, "\n".join([*faults, site.last_words("web")])
