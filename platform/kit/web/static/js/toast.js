// Sentences that come and go; failures stay until dismissed.
import { onContent, all, word } from "./page.js";

const STAY = { success: 5000, info: 6000, warning: 10000 };
const MARKS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };

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
  wait(note);
}

function wait(note) {
  if (note.dataset.waiting) return;
  note.dataset.waiting = "yes";
  const stay = STAY[note.dataset.toast];
  if (!stay) return;
  let timer = setTimeout(() => note.remove(), stay);
  // People who point at it or tab into it are still reading.
  for (const [enter, leave] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
    note.addEventListener(enter, () => clearTimeout(timer));
    note.addEventListener(leave, () => { timer = setTimeout(() => note.remove(), 2000); });
  }
}

export function start() {
  const watch = (box) => all(box, "[data-toast]").forEach(wait);
  onContent(watch);
  const box = document.getElementById("toasts");
  if (box) new MutationObserver(() => watch(box)).observe(box, { childList: true });
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  });
}
