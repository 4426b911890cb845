// Lists: quick days, rows by keyboard, busy and failed states.
import { open } from "./drawer.js";
import { onContent, all, typing } from "./page.js";

function bodyOf(list) { return list.querySelector(".listing-body"); }

function refresh() { document.body.dispatchEvent(new CustomEvent("kit:changed")); }

/* Query form */

function submit(form) { form.requestSubmit(form.querySelector(".query-buttons .btn-primary")); }

function markDays(form) {
  form.querySelectorAll(".quick-days button").forEach((button) => {
    const [first, last] = button.closest(".days-group").querySelectorAll("input[type=date]");
    const same = first.value === button.dataset.first && last.value === button.dataset.last;
    button.setAttribute("aria-pressed", same ? "true" : "false");
  });
}

function onQueryClick(event) {
  const quick = event.target.closest(".quick-days button");
  if (quick) {
    event.preventDefault();
    const [first, last] = quick.closest(".days-group").querySelectorAll("input[type=date]");
    const off = quick.getAttribute("aria-pressed") === "true";
    first.value = off ? "" : quick.dataset.first;
    last.value = off ? "" : quick.dataset.last;
    markDays(quick.form);
    submit(quick.form);
    return;
  }
  const unfold = event.target.closest("[data-unfold]");
  if (unfold) {
    const open_ = document.getElementById(unfold.getAttribute("aria-controls")).classList.toggle("is-open");
    unfold.setAttribute("aria-expanded", String(open_));
  }
}

/* Rows */

function go(row) {
  if (!row.dataset.href) return;
  if ("inDrawer" in row.dataset) open(row.dataset.href, row);
  else location.assign(row.dataset.href);
}

function focusRow(row) {
  if (!row) return;
  row.closest("tbody").querySelectorAll('tr[tabindex="0"]').forEach((one) => { one.tabIndex = -1; });
  row.tabIndex = 0;
  row.focus();
}

function onRowKey(event) {
  const row = event.target.closest?.("tr[data-key]");
  if (!row || (typing(event.target) && event.target.type !== "checkbox")) return;
  const moves = {
    ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling,
    Home: row.parentElement.firstElementChild, End: row.parentElement.lastElementChild,
  };
  if (event.key in moves) {
    event.preventDefault();
    focusRow(moves[event.key]);
  } else if (event.key === "Enter" && event.target === row) {
    event.preventDefault();
    go(row);
  } else if (event.key === " " && event.target === row) {
    const box = row.querySelector("[data-check]");
    if (box) { event.preventDefault(); box.click(); }
  }
}

function onRowClick(event) {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.defaultPrevented || event.button !== 0) return;
  if (event.target.closest("a, button, input, label, form, select")) return;
  // Someone marking text to copy it does not want the row to open.
  if (String(window.getSelection())) return;
  row.tabIndex = 0;
  go(row);
}

/* Busy and failed */

function listOf(ctx) {
  const element = ctx?.sourceElement;
  const target = typeof ctx?.target === "string" ? document.querySelector(ctx.target) : ctx?.target;
  return (element?.closest?.(".listing") ?? target?.closest?.(".listing")) || null;
}

function busy(list, on) {
  const body = list && bodyOf(list);
  if (!body) return;
  body.toggleAttribute("data-busy", on);
  body.setAttribute("aria-busy", String(on));
}

function failed(event) {
  const list = listOf(event.detail.ctx);
  const note = list?.querySelector(".listing-error");
  if (note) note.hidden = false;
}

export function start() {
  onContent((root) => {
    const lists = new Set(all(root, ".listing"));
    if (root.closest?.(".listing")) lists.add(root.closest(".listing"));
    lists.forEach((list) => {
      list.querySelector("[data-query]") && markDays(list.querySelector("[data-query]"));
    });
  });

  document.addEventListener("click", (event) => {
    const list = event.target.closest(".listing");
    if (!list) return;
    if (event.target.closest("[data-query]")) onQueryClick(event);
    if (event.target.closest("[data-refresh]")) refresh();
    onRowClick(event);
  });

  document.addEventListener("change", (event) => {
    const list = event.target.closest(".listing");
    if (!list) return;
    if (event.target.matches("[data-query] select, [data-query] input[type=date]")) {
      markDays(event.target.form);
      submit(event.target.form);
    }
  });

  document.addEventListener("keydown", (event) => {
    const jump = event.target.closest?.("[data-jump]");
    if (jump && event.key === "Enter" && jump.value) {
      event.preventDefault();
      if (jump.dataset.pages) {
        jump.value = Math.min(Math.max(1, parseInt(jump.value, 10) || 1), Number(jump.dataset.pages));
      }
      submit(jump.form);
    }
    onRowKey(event);
  });

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.sourceElement?.matches?.("[data-query]")) return;
    // Empty conditions have no place in an address that people send each other.
    const sent = ctx.request.body;
    for (const [name, value] of [...sent.entries()]) if (value === "") sent.delete(name);
  });
  document.addEventListener("htmx:before:request", (event) => {
    const list = listOf(event.detail.ctx);
    busy(list, true);
    const note = list?.querySelector(".listing-error");
    if (note) note.hidden = true;
  });
  document.addEventListener("htmx:finally:request", (event) => busy(listOf(event.detail.ctx), false));
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:response:error", failed);
}
