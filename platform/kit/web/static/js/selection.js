// Selection in lists: it lasts across pages of one query, and can mean everything that matches.
import { onContent, all, store, word } from "./page.js";

const person = () => document.body.dataset.person ?? "";
const place = (list) => `simtree:chosen:${person()}:${list.dataset.listing}`;

function asked(list) {
  // The order of the rows changes nothing about what is chosen.
  const query = new URLSearchParams(list.querySelector(".listing-body")?.dataset.queryKept ?? "");
  for (const name of ["sort", "size", "cols", "density"]) query.delete(name);
  return query.toString();
}

function chosen(list) {
  const kept = JSON.parse(store(sessionStorage, place(list)) ?? "null");
  return kept && kept.asked === asked(list) ? new Set(kept.keys) : new Set();
}

function keep(list, keys) {
  const value = keys.size ? JSON.stringify({ asked: asked(list), keys: [...keys] }) : null;
  store(sessionStorage, place(list), value);
}

function everything(list, on) {
  const field = list.querySelector("[data-all-matching]");
  if (field) field.value = on ? "yes" : "";
}

function isEverything(list) { return list.querySelector("[data-all-matching]")?.value === "yes"; }

function show(list) {
  const keys = chosen(list);
  const boxes = [...list.querySelectorAll("[data-check]")];
  boxes.forEach((box) => {
    box.checked = keys.has(box.value) || isEverything(list);
    box.closest("tr").classList.toggle("is-chosen", box.checked);
  });
  const here = boxes.filter((box) => box.checked).length;
  const bar = list.querySelector("[data-bulk]");
  if (bar) {
    const whole = bar.querySelector("[data-bulk-all]");
    const count = isEverything(list) && whole ? Number(whole.dataset.bulkAll) : keys.size;
    bar.hidden = count === 0;
    bar.querySelector("[data-bulk-count]").textContent = word("selected", { count });
    if (whole) whole.hidden = isEverything(list) || here < boxes.length;
  }
  const every = list.querySelector("[data-check-all]");
  if (every) {
    every.checked = boxes.length > 0 && here === boxes.length;
    every.indeterminate = here > 0 && here < boxes.length;
  }
}

function change(list, boxes) {
  const keys = isEverything(list) ? new Set() : chosen(list);
  if (isEverything(list)) {
    list.querySelectorAll("[data-check]").forEach((box) => { if (box.checked) keys.add(box.value); });
  }
  everything(list, false);
  boxes.forEach((box) => { if (box.checked) keys.add(box.value); else keys.delete(box.value); });
  keep(list, keys);
  show(list);
}

function send(form) {
  const list = form.closest(".listing");
  form.querySelectorAll("[data-elsewhere]").forEach((one) => one.remove());
  if (!isEverything(list)) {
    const here = new Set([...list.querySelectorAll("[data-check]")].map((box) => box.value));
    for (const key of chosen(list)) {
      if (here.has(key)) continue;
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "ids", value: key });
      input.dataset.elsewhere = "";
      form.append(input);
    }
  }
  keep(list, new Set());
}

export function start() {
  onContent((root) => {
    const lists = new Set(all(root, ".listing"));
    if (root.closest?.(".listing")) lists.add(root.closest(".listing"));
    lists.forEach(show);
  });
  document.addEventListener("click", (event) => {
    const list = event.target.closest(".listing");
    if (list && event.target.closest("[data-bulk-none]")) {
      everything(list, false);
      keep(list, new Set());
      show(list);
    }
    if (list && event.target.closest("[data-bulk-all]")) {
      everything(list, true);
      show(list);
      list.querySelector("[data-bulk-none]").focus();
    }
  });
  document.addEventListener("change", (event) => {
    const list = event.target.closest(".listing");
    if (!list) return;
    if (event.target.matches("[data-check-all]")) {
      const boxes = [...list.querySelectorAll("[data-check]")];
      boxes.forEach((box) => { box.checked = event.target.checked; });
      change(list, boxes);
    } else if (event.target.matches("[data-check]")) change(list, [event.target]);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-bulk-form]")) send(event.target);
  });
}
