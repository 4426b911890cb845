"""What axe-core finds in the pages of a browser: each finding by page, rule and place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.local.assets import tool
from tests.browser.pages import Screen

# Minor and moderate findings are advice; these keep somebody from using a page.
SERIOUS = ("serious", "critical")
# On trial there, and takes an icon's glyph for words.
NOT_ASKED = ("label-content-name-mismatch",)
# What a page may show once it is there: what fades in has no colours of its own yet, and a list
# may still be asking for its counts. What turns for ever is never finished.
_LOOK = """
async ([within, off]) => {
  const until = performance.now() + 3000;
  while (document.querySelector(".htmx-request") && performance.now() < until) {
    await new Promise((go) => setTimeout(go, 10));
  }
  await Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished));
  const found = await axe.run(within, {
    iframes: false, preload: false, resultTypes: ["violations"],
    runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    rules: Object.fromEntries(off.map((name) => [name, {enabled: false}])),
  });
  return found.violations.flatMap((one) => one.nodes.map((node) =>
    [one.id, one.impact, node.target.join(" "), node.failureSummary]));
}
"""
# Puts a page in the place of the one that is shown, as pieces come in elsewhere, while the next
# one is asked for: a frame and its scripts are started once, not two hundred times.
_TURN = """
async ([path, next]) => {
  const ask = async (path) => {
    const answer = await fetch(path);
    return [answer.status, answer.headers.get("Content-Type") ?? "", await answer.text()];
  };
  const asked = window.asked?.path === path ? window.asked.answer : ask(path);
  const [status, type, text] = await asked;
  if (next) window.asked = {path: next, answer: ask(next)};
  if (status !== 200 || !type.startsWith("text/html")) return [status, type];
  // Its colours are those of the page that is shown, whose nonce they have not.
  const bare = text.replace(/<style[^]*?<\\/style>/g, "");
  const page = new DOMParser().parseFromString(bare, "text/html");
  const fresh = page.querySelector("#main"), old = document.querySelector("#main");
  if (!fresh) return [status, "no page"];
  if (page.body.className !== document.body.className) return [status, "another frame"];
  document.title = page.title;
  history.replaceState(null, "", path);
  for (const box of document.querySelectorAll("dialog[open]")) box.close();
  old.replaceWith(document.adoptNode(fresh));
  htmx.process(fresh);
  return [status, ""];
}
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something on a page that some people cannot use."""

    page: str
    rule: str
    impact: str
    place: str
    why: str

    def __str__(self) -> str:
        return f"{self.page}  {self.rule} ({self.impact})  {self.place}\n    {self.why}"


def prepare(screen: Screen) -> Screen:
    """Let every page of a browser know axe-core."""
    screen.page.context.add_init_script(path=tool("axe/axe.min.js"))
    return screen


def examine(screen: Screen, what: str = "", *, within: str = "html") -> list[Finding]:
    """Return what is wrong with what a browser shows now; `what` says what is open on the page."""
    called = f"{screen.path} {what}".strip()
    return [
        Finding(called, rule, impact, place, " ".join(why.split()))
        for rule, impact, place, why in screen.page.evaluate(_LOOK, [within, NOT_ASKED])
        if impact in SERIOUS
    ]


def examine_all(screen: Screen, paths: Sequence[str]) -> list[Finding]:
    """Return what is wrong with pages; their common frame is looked at with the first of them."""
    screen.go(paths[0])
    found = examine(screen)
    for path, following in zip(paths[1:], [*paths[2:], ""], strict=True):
        status, why = screen.page.evaluate(_TURN, [path, following])
        assert status == 200, (path, status)
        if why == "another frame":
            screen.go(path)
        else:
            assert not why, (path, why)
        found += examine(screen, within="html" if why else "#main")
    return found


def listed(findings: Iterable[Finding]) -> str:
    """Return findings as lines, one place of a rule standing for all pages that share it."""
    seen: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        seen.setdefault((one.rule, one.place), []).append(one)
    return "\n".join(f"{found[0]}  [{len(found)}×]" for found in seen.values())
