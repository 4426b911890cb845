// The list beside the details: the drawer stays open at the right, and the rows lead through it.
// And the way back: whoever returns to a list finds the row that was open.
import { open, isOpen } from "./drawer.js";
import { store } from "./page.js";

const wide = window.matchMedia("(min-width: 1200px)");
const place = (list) => `simtree:split:${list.dataset.listing}`;
const last = () => `simtree:last:${location.pathname}${location.search}`;

let waiting = 0;

function list() { return document.querySelector(".listing:has([data-split])"); }

export function isSplit() { return document.body.classList.contains("is-split"); }

function panel() {
  const box = document.getElementById("drawer");
  // Another kind of drawer: without a veil, and the page beside it stays alive.
  window.tabler.Offcanvas.getInstance(box)?.dispose();
  return window.tabler.Offcanvas.getOrCreateInstance(box, isSplit() ? { backdrop: false, scroll: true } : {});
}

function turn(on, { first = true } = {}) {
  const own = list();
  if (!own || !document.getElementById("drawer")) return;
  document.body.classList.toggle("is-split", on);
  own.querySelector("[data-split]").setAttribute("aria-pressed", String(on));
  const box = document.getElementById("drawer");
  if (box.classList.contains("show")) {
    box.classList.remove("show");
    document.querySelector(".offcanvas-backdrop")?.remove();
    document.body.style.removeProperty("overflow");
  }
  panel();
  const row = own.querySelector("tr.is-open[data-href]") ?? own.querySelector("tr[data-href]");
  if (on && first && row) open(row.dataset.href, row);
}

function follow(row) {
  if (!isSplit() || !row.dataset.href || !("inDrawer" in row.dataset)) return;
  // Whoever runs down the rows wants to see the one at which he stops.
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    document.querySelectorAll("tr.is-open").forEach((one) => one.classList.remove("is-open"));
    row.classList.add("is-open");
    open(row.dataset.href, row);
  }, 180);
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-split]");
    if (button) {
      const on = !isSplit();
      store(localStorage, place(list()), on ? "yes" : null);
      turn(on);
    }
    const row = event.target.closest("tr[data-key][data-href]");
    if (row) store(sessionStorage, last(), row.dataset.key);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("tr[data-key][data-href]")) {
      store(sessionStorage, last(), event.target.dataset.key);
      if (isOpen()) follow(event.target);
    }
  });
  document.getElementById("drawer")?.addEventListener("hidden.bs.offcanvas", () => {
    if (!isSplit()) return;
    store(localStorage, place(list()), null);
    turn(false);
  });
  const own = list();
  if (!own) return;
  const key = store(sessionStorage, last());
  const row = key && own.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
  const returns = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (row && returns) {
    own.querySelectorAll('tr[tabindex="0"]').forEach((one) => { one.tabIndex = -1; });
    row.tabIndex = 0;
    row.focus();
  }
  if (wide.matches && store(localStorage, place(own))) turn(true);
}
