// Files dropped onto a box, or chosen in it, are sent one by one; then the box is loaded again.
import { word } from "./page.js";
import { show } from "./toast.js";

async function send(form, file) {
  const body = new FormData();
  body.append("csrf_token", document.querySelector('meta[name="csrf-token"]')?.content ?? form.elements.csrf_token.value);
  body.append("files", file, file.name);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  const told = await answer.json().catch(() => ({}));
  for (const sentence of told.refusals ?? []) show(sentence, "danger");
  if (told.error) show(told.error.detail, "danger");
  return told.done ?? 0;
}

async function take(form, files) {
  if (form.dataset.busy || !files.length) return;
  form.dataset.busy = "yes";
  const state = form.querySelector("[data-drop-state]");
  const limit = Number(form.dataset.megabytes) * 1024 * 1024;
  let done = 0;
  for (const [index, file] of [...files].entries()) {
    state.textContent = `${index + 1} / ${files.length} · ${file.name}`;
    if (file.size > limit) show(`${file.name}: ${word("tooLarge", { count: form.dataset.megabytes })}`, "danger");
    else done += await send(form, file).catch(() => { show(word(navigator.onLine ? "failed" : "offline"), "danger"); return 0; });
  }
  state.textContent = "";
  delete form.dataset.busy;
  form.reset();
  if (!done) return;
  const box = form.closest('[hx-trigger~="records:changed"]');
  if (box) box.dispatchEvent(new CustomEvent("records:changed"));
  else location.reload();
}

export function start() {
  const formOf = (event) => event.target.closest?.("form[data-drop]");
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  // The whole tab takes files, not only the line that says so.
  const boxOf = (event) => formOf(event)
    ?? event.target.closest?.(".tab-pane, .library-files")?.querySelector("form[data-drop]");

  document.addEventListener("dragover", (event) => {
    const form = hasFiles(event) && boxOf(event);
    document.querySelectorAll(".drop.is-over").forEach((one) => one.classList.toggle("is-over", one === form));
    if (!form) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const form = hasFiles(event) && boxOf(event);
    document.querySelectorAll(".drop.is-over").forEach((one) => one.classList.remove("is-over"));
    if (!form) return;
    event.preventDefault();
    take(form, event.dataTransfer.files);
  });
  document.addEventListener("change", (event) => {
    const form = formOf(event);
    if (form && event.target.type === "file") take(form, event.target.files);
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event);
    if (!form) return;
    event.preventDefault();
    take(form, form.elements.files.files);
  });
}
