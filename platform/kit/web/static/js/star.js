// Stars: keep a page or record at hand, without leaving the page.
import { show } from "./toast.js";
import { word } from "./page.js";

async function toggle(form) {
  const answer = await fetch(form.action, {
    method: "POST", body: new FormData(form), headers: { "HX-Request": "true" },
  });
  if (answer.redirected) { location.reload(); return; }
  if (!answer.ok) {
    const said = new DOMParser().parseFromString(await answer.text(), "text/html");
    const why = said.querySelector(".toast-body, .toast")?.textContent.trim();
    show(why || word("failed"), "danger");
    return;
  }
  const fresh = document.createRange().createContextualFragment(await answer.text());
  const made = fresh.querySelector("form[data-star]");
  form.replaceWith(made);
  made.querySelector("button").focus();
}

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-star]")) return;
    event.preventDefault();
    toggle(form).catch(() => show(word(navigator.onLine ? "failed" : "offline"), "danger"));
  });
}
