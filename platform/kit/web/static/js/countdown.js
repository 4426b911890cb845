// Time left until an instant, by the server's clock: a phone's own may be minutes off.
import { all, word } from "./page.js";

const server = Date.parse(document.querySelector('meta[name="server-time"]')?.content ?? "");
// performance.now() does not jump when somebody sets the clock, and counts while the tab sleeps.
const opened = Number.isNaN(server) ? Date.now() : server;
const base = performance.now();
export const now = () => opened + (performance.now() - base);

function show(element) {
  const left = Date.parse(element.dataset.countdown) - now();
  if (left <= 0) {
    if (!element.classList.contains("is-over")) {
      element.classList.add("is-over");
      element.textContent = word("expired");
      element.dispatchEvent(new CustomEvent("kit:expired", { bubbles: true }));
    }
    return;
  }
  const seconds = Math.floor(left / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const text = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  element.textContent = hours ? `${hours}:${text}` : text;
  element.classList.toggle("is-near", left < 60000);
}

function tick() { all(document.body, "[data-countdown]").forEach(show); }

export function start() {
  tick();
  setInterval(tick, 1000);
  // Browsers slow timers of hidden tabs: catch up the moment it is seen again.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
}
