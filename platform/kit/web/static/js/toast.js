// Sentences that come and go; failures stay until dismissed.
//
// They lie in the free part of the topmost bar, where there is nothing to press. One is shown at a
// time; those that came before wait behind it.
import { all, word } from "./page.js";

const STAY = { success: 4000, info: 5000, warning: 9000 };
const READING = 60;
const MARKS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };
const ROOM = 220;
const GAP = 10;
const timers = new Map();

export function show(sentence, level = "info") {
  const box = document.getElementById("toasts");
  if (!box || !sentence) return;
  const note = document.createElement("div");
  note.className = `toast-note toast-note-${level}`;
  note.dataset.toast = level;
  if (level === "danger") note.setAttribute("role", "alert");
  const mark = document.createElement("i");
  mark.className = `ti ti-${MARKS[level]}`;
  mark.setAttribute("aria-hidden", "true");
  const text = document.createElement("p");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", word("close"));
  note.append(mark, text, close);
  box.append(note);
}

function stop(note) {
  clearTimeout(timers.get(note));
  timers.delete(note);
}

function count(note) {
  const stay = STAY[note.dataset.toast];
  // People who point at it or tab into it are still reading.
  if (!stay || timers.has(note) || note.matches(":hover, :focus-within")) return;
  timers.set(note, setTimeout(() => note.remove(), stay + READING * note.textContent.trim().length));
}

function edges(bar, tools, before) {
  const { left, right, top, bottom } = bar.getBoundingClientRect();
  const start = before.reduce((furthest, one) => Math.max(furthest, one.getBoundingClientRect().right), left);
  const end = tools ? tools.getBoundingClientRect().left : right;
  return { left: start + GAP, right: end - GAP, top, bottom };
}

function places() {
  const drawer = document.querySelector("#drawer.show, #drawer.showing");
  if (drawer) {
    const head = drawer.querySelector(".drawer-head");
    // Bootstrap slides it in from the right: where it is now is not where it will be.
    const width = drawer.offsetWidth;
    const beside = { left: GAP, right: window.innerWidth - width - GAP, top: 0, bottom: 56 };
    if (!head || beside.right - beside.left >= 300) return [beside];
    return [edges(head, head.querySelector(".drawer-tools"), []), beside];
  }
  const bar = document.querySelector(".top, .phone-top");
  if (!bar) return [];
  const tools = bar.querySelector(".top-tools, .phone-tools");
  const before = [...bar.children].filter((one) => one !== tools && one.offsetWidth && one.tagName !== "H1");
  return [edges(bar, tools, before)];
}

function arrange(box) {
  const notes = [...box.children];
  notes.forEach((note, index) => (index === notes.length - 1 ? count(note) : stop(note)));
  if (!notes.length) return;
  const place = places().find((one) => one.right - one.left >= ROOM);
  // Without room on a bar they take room of their own and move the page down.
  box.classList.toggle("is-inline", !place);
  const home = document.querySelector("main");
  if (!place && home && !document.body.classList.contains("bare") && box.nextElementSibling !== home) {
    home.before(box);
  }
  const values = place ?? { left: 0, right: 0, top: 0, bottom: 0 };
  box.style.setProperty("--toast-left", `${values.left}px`);
  box.style.setProperty("--toast-room", `${values.right - values.left}px`);
  box.style.setProperty("--toast-top", `${Math.max(0, values.top)}px`);
  box.style.setProperty("--toast-bar", `${values.bottom - Math.max(0, values.top)}px`);
}

export function start() {
  const box = document.getElementById("toasts");
  if (!box) return;
  const again = () => arrange(box);
  new MutationObserver(again).observe(box, { childList: true });
  window.addEventListener("resize", again);
  for (const name of ["show.bs.offcanvas", "shown.bs.offcanvas", "hidden.bs.offcanvas", "htmx:after:swap"]) {
    document.addEventListener(name, again);
  }
  for (const name of ["mouseover", "focusin"]) box.addEventListener(name, () => all(box, "[data-toast]").forEach(stop));
  for (const name of ["mouseout", "focusout"]) box.addEventListener(name, () => setTimeout(again));
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  });
  again();
}
