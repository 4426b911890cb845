// Forms: one submission, drafts that survive an expired session, a warning before leaving.
import { onContent, all, store, word } from "./page.js";
import { show } from "./toast.js";

const PREFIX = "simtree:draft:";
const area = window.sessionStorage;
const dirty = new WeakSet();

const nameOf = (form) => form.dataset.draft && `${PREFIX}${document.body.dataset.person}:${form.dataset.draft}`;

function read(form) {
  const kept = {};
  for (const input of form.elements) {
    if (!input.name || input.matches('[data-no-draft], [type="hidden"], [type="password"], [type="file"], button')) continue;
    if (input.type === "checkbox" || input.type === "radio") {
      if (input.checked) (kept[input.name] ??= []).push(input.value);
      else kept[input.name] ??= [];
    } else if (input.multiple) {
      kept[input.name] = [...input.selectedOptions].map((one) => one.value);
    } else {
      kept[input.name] = [input.value];
    }
  }
  return kept;
}

function fill(form, kept) {
  // Lines that were added are not there yet.
  form.dispatchEvent(new CustomEvent("kit:fill", { detail: Object.keys(kept), bubbles: true }));
  for (const input of form.elements) {
    if (!(input.name in kept) || input.matches("[data-no-draft], [type=hidden]")) continue;
    const values = kept[input.name];
    if (input.type === "checkbox" || input.type === "radio") input.checked = values.includes(input.value);
    else if (input.multiple) [...input.options].forEach((one) => { one.selected = values.includes(one.value); });
    else input.value = values[0] ?? "";
    input.tomselect?.sync();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function keep(form, sent = false) {
  const name = nameOf(form);
  if (name) store(area, name, JSON.stringify({ kept: read(form), sent }));
}

function forget(form) { store(area, nameOf(form), null); }

function offer(form, draft) {
  const note = document.createElement("div");
  note.className = "note note-info draft-note";
  const text = document.createElement("div");
  text.textContent = word(draft.sent ? "draftRestored" : "draftFound");
  note.append(text);
  const button = (label, work) => {
    const one = document.createElement("button");
    one.type = "button";
    one.className = "btn btn-sm";
    one.textContent = label;
    one.addEventListener("click", () => { work(); note.remove(); });
    note.append(one);
  };
  if (draft.sent) fill(form, draft.kept);
  else button(word("restore"), () => fill(form, draft.kept));
  button(word("discard"), () => { forget(form); dirty.delete(form); if (draft.sent) location.reload(); });
  form.prepend(note);
}

function begin(form) {
  if (form.dataset.begun) return;
  form.dataset.begun = "yes";
  const first = form.querySelector("[data-first-error]")?.dataset.firstError;
  if (first) document.getElementById(first)?.focus();
  if (!nameOf(form) || "refused" in form.dataset) return;
  const draft = JSON.parse(store(area, nameOf(form)) ?? "null");
  if (draft && JSON.stringify(draft.kept) !== JSON.stringify(read(form))) offer(form, draft);
}

// A submission that led to a page with a success toast has arrived; its draft has done its work.
function settle() {
  if ("keepDrafts" in document.body.dataset || !document.querySelector('[data-toast="success"]')) return;
  for (const name of Object.keys(area)) {
    if (!name.startsWith(PREFIX)) continue;
    if (JSON.parse(store(area, name) ?? "{}").sent) store(area, name, null);
  }
}

function lock(form, on) {
  form.querySelectorAll("[data-submit]").forEach((button) => {
    button.disabled = on;
    button.toggleAttribute("data-loading", on);
  });
  const state = form.querySelector("[data-form-state]");
  if (state) state.textContent = on ? word("saving") : "";
}

function tooLarge(form) {
  for (const input of form.querySelectorAll("input[type=file][data-megabytes]")) {
    const limit = Number(input.dataset.megabytes);
    if ([...input.files].some((file) => file.size > limit * 1024 * 1024)) {
      show(word("tooLarge", { count: limit }), "danger");
      input.focus();
      return true;
    }
  }
  return false;
}

export function save() {
  const forms = [...document.querySelectorAll("form[data-form]")].filter((form) => form.offsetParent);
  const inDrawer = forms.find((form) => form.closest("#drawer.show"));
  const form = document.activeElement?.closest("form[data-form]") ?? inDrawer ?? forms[0];
  const button = form?.querySelector("[data-submit]");
  if (button && !button.disabled) button.click();
  return Boolean(button);
}

export function start() {
  settle();
  onContent((root) => all(root, "form[data-form]").forEach(begin));

  let timer = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form || !event.isTrusted) return;
    dirty.add(form);
    clearTimeout(timer);
    timer = setTimeout(() => keep(form), 400);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form) return;
    if (!navigator.onLine) {
      // Sending would lose the page to the browser's own error; the draft stays as well.
      event.preventDefault();
      event.stopImmediatePropagation();
      keep(form);
      show(word("offline"), "danger");
      return;
    }
    if (form.querySelector("[data-submit][data-loading]") || tooLarge(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    clearTimeout(timer);
    keep(form, true);
    dirty.delete(form);
    // After this event, or the button's own name would not be sent.
    setTimeout(() => lock(form, true));
  }, true);
  // Before the swap: afterwards the form is no longer in the document and its events reach nobody.
  document.addEventListener("htmx:after:request", (event) => {
    const form = event.detail.ctx?.sourceElement?.closest?.("form[data-form]");
    const status = event.detail.ctx?.response?.status ?? 0;
    if (form && status && status < 400) forget(form);
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    // A proposal comes too late for somebody who has typed meanwhile.
    const isProposal = ctx?.sourceElement?.matches?.("[data-proposal]");
    if (isProposal && ctx.target?.querySelector?.("input")?.value) event.preventDefault();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.detail.ctx?.sourceElement?.closest?.("form[data-form]");
    if (!form) return;
    const status = event.detail.ctx.response?.status ?? 0;
    if (form.isConnected) { lock(form, false); if (status >= 400 || !status) dirty.add(form); }
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-form]").forEach((form) => lock(form, false)));
  window.addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form[data-form]")].some((form) => dirty.has(form))) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const taker = event.target.closest("[data-take]");
    if (!taker) return;
    const form = taker.closest("form");
    const { name, take } = taker.dataset;
    // A list, as several boxes or options may be chosen; nothing chosen is an empty one.
    fill(form, { [name]: JSON.parse(take) });
    dirty.add(form);
    keep(form);
    form.querySelector(`[name="${CSS.escape(name)}"]`)?.focus();
    taker.remove();
  });
  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-cancel]")?.closest("form[data-form]");
    if (form) { dirty.delete(form); forget(form); }
  });
}
