// One box that takes a pasted text and fills the form from what the server reads in it.
import { onContent, all } from "./page.js";

async function read(box) {
  const text = box.querySelector("[data-paste-text]");
  const body = new URLSearchParams({ text: text.value, csrf_token: document.querySelector('input[name="csrf_token"]').value });
  const answer = await fetch(box.dataset.paste, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  for (const [name, value] of Object.entries(found)) {
    const field = document.querySelector(`[name="${name}"]`);
    if (field && value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  if (found.recipient_address) document.querySelector("[data-paste-more]")?.setAttribute("open", "");
}

export function start() {
  onContent((root) => all(root, "[data-paste]").forEach((box) => {
    let timer;
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => read(box), 250);
    });
  }));
}
