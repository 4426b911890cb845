// The portal's own small things: hide amounts from the customer's eyes, read a pasted text.
import { onContent, all, csrfToken } from "./page.js";

const KEY = "simtree:amounts-hidden";

function dress(root, hidden) {
  all(root, "[data-hideable]").forEach((node) => node.classList.toggle("is-hidden", hidden));
  all(root, "[data-eye]").forEach((button) => {
    button.setAttribute("aria-pressed", String(hidden));
    button.firstElementChild?.classList.toggle("ti-eye-off", hidden);
    button.firstElementChild?.classList.toggle("ti-eye", !hidden);
  });
}

async function read(box) {
  const text = box.querySelector("[data-paste-text]");
  const body = new URLSearchParams({ text: text.value, csrf_token: csrfToken() });
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
  onContent((root) => {
    dress(root, localStorage.getItem(KEY) === "1");
    all(root, "[data-paste]").forEach((box) => {
      let timer;
      box.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => read(box), 250);
      });
    });
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-eye]")) return;
    const hidden = localStorage.getItem(KEY) !== "1";
    localStorage.setItem(KEY, hidden ? "1" : "0");
    dress(document, hidden);
  });
}
