// The page frame: the clock in the status bar, and which branches of the menu stand open.
import { now } from "./countdown.js";
import { store } from "./page.js";

export function start() {
  const clock = document.querySelector("[data-clock]");
  if (clock) {
    // The server wrote the time in the workspace's zone; only the minutes move on from there.
    const written = clock.textContent.match(/^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)/);
    if (written) {
      const [, year, month, day, hour, minute] = written.map(Number);
      const shown = Date.UTC(year, month - 1, day, hour, minute);
      const opened = now();
      setInterval(() => {
        clock.textContent = new Date(shown + (now() - opened)).toISOString().slice(0, 16).replace("T", " ");
      }, 15000);
    }
  }
  document.querySelectorAll("details[data-remember]").forEach((group) => {
    const key = `simtree:${group.dataset.remember}`;
    if (store(sessionStorage, key) === "open") group.open = true;
    group.addEventListener("toggle", () => store(sessionStorage, key, group.open ? "open" : null));
  });
  document.querySelector('.side-menu [aria-current="page"]')?.scrollIntoView({ block: "nearest" });
}
