// Hide amounts from the customer's eyes; remembered on this device.
import { onContent, all, store } from "./page.js";

const KEY = "simtree:amounts-hidden";
const hidden = () => store(localStorage, KEY) === "1";

function dress(root) {
  const off = hidden();
  all(root, "[data-hideable]").forEach((node) => node.classList.toggle("is-hidden", off));
  all(root, "[data-eye]").forEach((button) => {
    button.setAttribute("aria-pressed", String(off));
    button.firstElementChild?.classList.toggle("ti-eye-off", off);
    button.firstElementChild?.classList.toggle("ti-eye", !off);
  });
}

export function start() {
  onContent(dress);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-eye]")) return;
    store(localStorage, KEY, hidden() ? null : "1");
    dress(document);
  });
}
