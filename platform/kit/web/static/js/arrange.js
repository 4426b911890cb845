// Columns of a list, their order and how close the rows stand; and what was asked, remembered.
import { onContent, all } from "./page.js";

const body = (list) => list.querySelector(".listing-body");

function post(url, values) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  return fetch(url, {
    method: "POST", body: new URLSearchParams(values), keepalive: true,
    headers: { "X-CSRFToken": token, "HX-Request": "true" },
  });
}

async function apply(list, form, columns, density) {
  const url = new URL(body(list).dataset.here, location.href);
  // What a view or a link says of columns wins over one's own: then the link changes.
  const said = url.searchParams.has("cols") || url.searchParams.has("density");
  if (form.dataset.arrangeUrl && (!said || !columns.length)) {
    const sent = { listing: list.dataset.listing, cols: columns.join(","), density };
    await post(form.dataset.arrangeUrl, sent).catch(() => {});
    url.searchParams.delete("cols");
    url.searchParams.delete("density");
  } else {
    for (const [name, value] of [["cols", columns.join(",")], ["density", density]]) {
      if (value) url.searchParams.set(name, value); else url.searchParams.delete(name);
    }
  }
  location.assign(url);
}

function move(button) {
  const item = button.closest("li");
  const other = button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "up") other.before(item); else other.after(item);
  button.focus();
}

/* What was asked, with its number of records: sent once the rows are there. */

const told = new Map();

function remember(list) {
  const here = body(list)?.dataset;
  const url = list.querySelector("[data-remember-url]")?.dataset.rememberUrl;
  if (!url || !here?.queryWords || told.get(list.id) === here.queryKept) return;
  told.set(list.id, here.queryKept);
  post(url, {
    listing: list.dataset.listing, query: here.queryKept, words: here.queryWords, found: here.count,
  }).catch(() => {});
}

function follow(list) {
  const here = body(list)?.dataset;
  if (!here) return;
  const exporter = list.querySelector("[data-export]");
  if (exporter) exporter.href = here.exportUrl;
  const printer = list.querySelector("[data-print-list]");
  if (printer) printer.href = here.printUrl;
  const saver = list.querySelector("[data-save-view]");
  if (saver) saver.href = `${saver.dataset.saveUrl}&${new URLSearchParams({ query: here.queryKept })}`;
  remember(list);
}

export function start() {
  onContent((root) => {
    const lists = new Set(all(root, ".listing"));
    if (root.closest?.(".listing")) lists.add(root.closest(".listing"));
    lists.forEach(follow);
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-columns]");
    if (!form) return;
    const button = event.target.closest("[data-move]");
    if (button) move(button);
    if (event.target.closest("[data-columns-reset]")) apply(form.closest(".listing"), form, [], "");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-columns]")) return;
    event.preventDefault();
    const data = new FormData(form);
    apply(form.closest(".listing"), form, data.getAll("cols"), data.get("density") ?? "");
  });
}
