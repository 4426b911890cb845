// A second question before what cannot be taken back; the sentence names the record.
import { store } from "./page.js";

const dialog = () => document.getElementById("ask");

export function ask(sentence) {
  const box = dialog();
  if (!box) return Promise.resolve(true);
  box.querySelector("#ask-text").textContent = sentence;
  box.returnValue = "no";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

export function start() {
  document.addEventListener("click", async (event) => {
    const asker = event.target.closest("[data-confirm]");
    if (!asker || asker.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(asker.dataset.confirm))) {
      asker.focus();
      return;
    }
    asker.dataset.confirmed = "yes";
    asker.click();
    delete asker.dataset.confirmed;
  }, true);

  // What must be read before a box is ticked for the first time on this device.
  document.addEventListener("change", async (event) => {
    const box = event.target.closest?.("input[data-notice]");
    const key = box && `simtree:notice:${box.name}`;
    if (!box?.checked || store(localStorage, key)) return;
    box.checked = false;
    if (await ask(box.dataset.notice)) {
      store(localStorage, key, "read");
      box.checked = true;
    }
    box.focus();
  });

  document.addEventListener("htmx:confirm", (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    if (!ctx.confirm) return;
    event.preventDefault();
    ask(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) document.getElementById("keys")?.showModal();
    if (event.target.closest("[data-print]")) window.print();
  });
}
