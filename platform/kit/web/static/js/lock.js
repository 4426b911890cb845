// Locks the screen: by its button, by Alt+L, and when nobody has touched any tab for long enough.
import { now } from "./countdown.js";
import { store } from "./page.js";

const KEY = "simtree:touched";
const LOCKED = "simtree:locked";

export function start() {
  const form = document.querySelector("[data-lock]");
  if (!form) return;
  const idle = Number(form.dataset.lock) * 60000;
  let sent = false;
  const lock = () => {
    if (sent) return;
    sent = true;
    form.requestSubmit();
  };
  // Going back shows what the browser remembers: nothing made before the lock may stand there.
  const made = Date.parse(document.querySelector('meta[name="server-time"]')?.content ?? "");
  const renew = () => { if (Number(store(localStorage, LOCKED)) > made) location.reload(); };
  renew();
  addEventListener("pageshow", renew);
  form.addEventListener("submit", () => {
    store(localStorage, LOCKED, String(now()));
    form.elements.next.value = location.pathname + location.search;
  });
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyL" || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lock();
  });
  if (!idle) return;
  let noted = Date.now();
  // Tabs tell each other; where nothing can be stored each counts for itself.
  const last = () => Math.max(noted, Number(store(localStorage, KEY)) || 0);
  const check = () => {
    if (Date.now() - last() < idle) return false;
    lock();
    return true;
  };
  const touch = () => {
    // The click that wakes a sleeping computer must not count before the time was looked at.
    if (check() || Date.now() - noted < 1000) return;
    noted = Date.now();
    store(localStorage, KEY, String(noted));
  };
  store(localStorage, KEY, String(noted));
  for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) {
    document.addEventListener(kind, touch, { passive: true, capture: true });
  }
  setInterval(check, 5000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
}
