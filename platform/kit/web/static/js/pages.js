// Open pages: a strip of links above the page, one for each page that stands open in this tab.
import { store, word } from "./page.js";

const MOST = 12;
const area = window.sessionStorage;
const key = () => `simtree:pages:${document.body.dataset.person}`;
const strip = () => document.getElementById("open-pages");
const here = () => location.pathname + location.search;

const read = () => JSON.parse(store(area, key()) ?? "[]");
const write = (pages) => store(area, key(), JSON.stringify(pages));

function current(pages) { return pages.find((one) => one.path === location.pathname); }

function add() {
  const pages = read();
  const known = current(pages);
  const title = document.querySelector("main h1")?.textContent.trim();
  if (!title) return pages;
  if (known) Object.assign(known, { url: here(), title });
  else pages.push({ path: location.pathname, url: here(), title });
  // The one that was opened first goes, never the one that is looked at.
  while (pages.length > MOST) pages.shift();
  write(pages);
  return pages;
}

function close(path) {
  const pages = read();
  const at = pages.findIndex((one) => one.path === path);
  if (at < 0) return;
  const next = pages[at + 1] ?? pages[at - 1];
  pages.splice(at, 1);
  write(pages);
  if (path === location.pathname && next) location.assign(next.url);
  else draw(pages);
}

function draw(pages) {
  const list = document.createElement("ul");
  for (const one of pages) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = one.url;
    link.textContent = one.title;
    link.title = one.title;
    if (one.path === location.pathname) link.setAttribute("aria-current", "page");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn-close";
    button.setAttribute("aria-label", word("closePage", { title: one.title }));
    button.dataset.path = one.path;
    item.append(link, button);
    list.append(item);
  }
  strip().replaceChildren(list);
  strip().hidden = pages.length < 2;
  const chosen = strip().querySelector("[aria-current]");
  if (chosen) strip().scrollLeft = chosen.offsetLeft - (strip().clientWidth - chosen.offsetWidth) / 2;
}

export function start() {
  if (!strip() || !document.body.dataset.person) return;
  draw(add());
  strip().addEventListener("click", (event) => {
    const path = event.target.closest("button")?.dataset.path;
    if (path) close(path);
  });
  strip().addEventListener("auxclick", (event) => {
    const path = event.target.closest("li")?.querySelector("button").dataset.path;
    if (event.button === 1 && path) { event.preventDefault(); close(path); }
  });
  strip().addEventListener("keydown", (event) => {
    const path = event.target.closest("li")?.querySelector("button").dataset.path;
    if (event.key === "Delete" && path) close(path);
  });
  // A list's address moves on with its filters: the link leads back to what was looked at last.
  window.addEventListener("pagehide", () => {
    const pages = read();
    const known = current(pages);
    if (known) { known.url = here(); write(pages); }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) store(area, key(), null);
  });
}
