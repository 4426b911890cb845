// Strips of tabs that scroll sideways: the chosen one is never out of sight.
import { all, onContent } from "./page.js";

const STRIPS = ".status-tabs, .phone-tabs, .nav-tabs";
const CHOSEN = "[aria-current], .active";

function reveal(strip) {
  const chosen = strip.querySelector(CHOSEN);
  if (!chosen || strip.scrollWidth <= strip.clientWidth) return;
  const offset = chosen.getBoundingClientRect().left - strip.getBoundingClientRect().left;
  // Only the strip moves: scrollIntoView would move the page as well.
  strip.scrollLeft += offset - (strip.clientWidth - chosen.offsetWidth) / 2;
}

export function start() {
  onContent((root) => all(root, STRIPS).forEach(reveal));
  document.addEventListener("htmx:after:swap", () => all(document.body, STRIPS).forEach(reveal));
  document.addEventListener("shown.bs.tab", (event) => {
    const strip = event.target.closest(STRIPS);
    if (strip) reveal(strip);
  });
}
