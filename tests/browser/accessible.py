"""What axe-core finds in the pages of a browser: each finding by page, rule and place."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.local.assets import tool
from tests.browser.pages import Screen

# Minor and moderate findings are advice; these keep somebody from using a page.
SERIOUS = ("serious", "critical")
# What turns for ever is never finished.
_STILL = """
() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
  .map((one) => one.finished)).then(() => true)
"""
_RUN = """
(within) => axe.run(within, {iframes: false, resultTypes: ["violations"], runOnly: {
  type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
  // On trial, and takes an icon's glyph for words.
  rules: {"label-content-name-mismatch": {enabled: false}}})
  .then((found) => found.violations.flatMap((one) => one.nodes.map((node) =>
    [one.id, one.impact, node.target.join(" "), node.failureSummary])))
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


def examine(screen: Screen, what: str = "", *, within: str = "html") -> list[Finding]:
    """Return what is wrong with what a browser shows now; `what` says what is open on the page.

    The frame around pages is the same on each: once looked at, `within` leaves it out.
    """
    page = screen.page
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(tool("axe/axe.min.js").read_text(encoding="utf-8"))
    # A piece that fades in has no colours of its own yet.
    page.evaluate(_STILL)
    called = f"{screen.path} {what}".strip()
    return [
        Finding(called, rule, impact, place, " ".join(why.split()))
        for rule, impact, place, why in page.evaluate(_RUN, within)
        if impact in SERIOUS
    ]


def listed(findings: Iterable[Finding]) -> str:
    """Return findings as lines, one place of a rule standing for all pages that share it."""
    seen: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        seen.setdefault((one.rule, one.place), []).append(one)
    return "\n".join(f"{found[0]}  [{len(found)}×]" for found in seen.values())
