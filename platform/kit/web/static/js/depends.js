// Fields that are asked only when another one has a certain value.
import { onContent, all } from "./page.js";

function valueOf(form, name) {
  const field = form.elements[name];
  // Radio buttons come as a list that knows which one is chosen.
  return field?.type === "checkbox" ? (field.checked ? field.value : "") : field?.value ?? "";
}

function settle(form) {
  all(form, "[data-only-when]").forEach((box) => {
    box.hidden = !box.dataset.values.split(" ").includes(valueOf(form, box.dataset.onlyWhen));
  });
}

export function start() {
  onContent((root) => all(root, "form[data-form]").forEach(settle));
  for (const name of ["change", "input"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.("form[data-form]");
      if (form) settle(form);
    });
  }
}
