// The palette: Ctrl-K, a few characters, Enter. The arrow keys walk through what was found.
import { show } from "./toast.js";
import { word } from "./page.js";

const WAIT = 180;
let asking = null;
let timer = null;

const box = () => document.getElementById("palette");
const typed = () => document.getElementById("palette-q");
const found = () => document.getElementById("palette-found");
const links = () => [...found().querySelectorAll("a[data-found]")];

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const form = typed().form;
  found().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), signal: asking.signal,
      headers: { "X-Palette": "1", "HX-Request": "true" },
    });
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.status);
    found().innerHTML = await answer.text();
    found().scrollTop = 0;
  } catch (error) {
    if (error.name !== "AbortError") show(word(navigator.onLine ? "failed" : "offline"), "danger");
  }
  found().setAttribute("aria-busy", "false");
}

export function openPalette() {
  if (!box() || box().open) return;
  box().showModal();
  typed().select();
  ask();
}

function walk(event) {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1 }[event.key];
  if (to === undefined) {
    // Whoever types on while a link has the focus wants to change the question.
    if (here >= 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey) typed().focus();
    return;
  }
  event.preventDefault();
  if (to < 0) typed().focus();
  else all[Math.min(to, all.length - 1)]?.focus();
}

export function start() {
  if (!box()) return;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (opener) { event.preventDefault(); openPalette(); }
    // Beside the dialog lies its backdrop, and a click there reaches the dialog itself.
    if (event.target.closest("[data-palette-close]") || event.target === box()) box().close();
  });
  typed().addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  typed().form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    // Enter opens the first that was found for what stands there now.
    ask().then(() => links()[0]?.click());
  });
  box().addEventListener("keydown", walk);
}
