// The bell, and word of what changed: by a stream that one tab holds for all, else by asking.
//
// The stream says only "something of this kind changed"; what changed is asked for. Other modules
// listen for kit:live on the document.
import { store, word } from "./page.js";

const NAME = "simtree:live";
const SETTLE = 1500;
const ASK = 60000;
const LONGEST = 300000;
const MINE = new Set(["notices", "anything"]);

let bell = null;
let tabs = null;
let leaving = null;
let isOpen = false;
let failures = 0;
let wait = null;
let heardAt = 0;

function show(unread) {
  const count = bell.querySelector("[data-bell-count]");
  count.hidden = !unread;
  count.textContent = unread > 99 ? "99+" : String(unread);
  bell.setAttribute("aria-label", unread ? word("unread", { count: unread }) : word("messages"));
  store(sessionStorage, NAME, String(unread));
}

async function ask() {
  const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" }, redirect: "manual" });
  if (!answer.ok) throw new Error(String(answer.status));
  const found = await answer.json();
  show(found.unread);
  tabs?.postMessage({ unread: found.unread });
  return found;
}

function tell(kind) {
  document.dispatchEvent(new CustomEvent("kit:live", { detail: { kind } }));
  const list = document.querySelector(`[data-live-list~="${CSS.escape(kind)}"]`);
  const any = kind === "anything" && document.querySelector("[data-live-list]");
  // What somebody is choosing from must not move under his hand.
  if ((list || any) && !document.querySelector("[data-check]:checked")) {
    document.body.dispatchEvent(new CustomEvent("kit:changed"));
  }
}

let asking = null;
function heard(kind) {
  tell(kind);
  tabs?.postMessage({ kind });
  if (!MINE.has(kind)) return;
  clearTimeout(asking);
  asking = setTimeout(() => ask().catch(() => {}), 200);
}

// Resolves when the stream has ended, with whether it was ever open.
async function listen(signal) {
  const { ticket, stream } = await ask();
  return new Promise((done) => {
    const source = new EventSource(`${stream}?ticket=${encodeURIComponent(ticket)}`);
    let was = false;
    const end = () => { source.close(); isOpen = false; done(was); };
    source.addEventListener("ready", () => { was = isOpen = true; failures = 0; });
    source.addEventListener("changed", (event) => heard(event.data));
    source.addEventListener("over", end);
    // Its own way to come back would show the used ticket.
    source.addEventListener("error", end);
    signal.addEventListener("abort", end);
  });
}

async function hold(signal) {
  while (!signal.aborted) {
    const was = await listen(signal).catch(() => false);
    failures = was ? 0 : failures + 1;
    const pause = Math.min(5000 * 2 ** failures, LONGEST) * (0.5 + Math.random());
    await new Promise((done) => {
      const timer = setTimeout(done, pause);
      signal.addEventListener("abort", () => { clearTimeout(timer); done(); });
    });
  }
}

function begin() {
  if (leaving || document.hidden) return;
  leaving = new AbortController();
  const { signal } = leaving;
  const work = () => hold(signal);
  // One tab holds the stream: browsers open few connections to a host.
  const led = navigator.locks ? navigator.locks.request(NAME, { signal }, work) : work();
  led?.catch(() => {});
}

function stop() {
  leaving?.abort();
  leaving = null;
}

export function start() {
  bell = document.querySelector("[data-bell]");
  if (!bell) return;
  show(Number(store(sessionStorage, NAME)) || 0);
  if ("BroadcastChannel" in window) {
    tabs = new BroadcastChannel(NAME);
    tabs.addEventListener("message", ({ data }) => {
      heardAt = Date.now();
      if ("unread" in data) show(data.unread);
      if (data.kind) tell(data.kind);
    });
  }
  ask().catch(() => {});
  // Whoever only passes by needs no stream.
  wait = setTimeout(begin, SETTLE);
  setInterval(() => {
    if (isOpen) tabs?.postMessage({ beat: true });
    if (document.hidden || isOpen || Date.now() - heardAt < 1.5 * ASK) return;
    ask().then(() => tell("anything")).catch(() => {});
  }, ASK);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(wait);
    if (document.hidden) wait = setTimeout(stop, ASK);
    else { ask().catch(() => {}); begin(); }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
}
