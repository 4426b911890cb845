// The keyboard: F9 saves, ? lists the keys, Ctrl-K finds anything, / finds in the list.
import { save } from "./form.js";
import { openPalette } from "./palette.js";
import { typing } from "./page.js";

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "F9") {
      if (save()) event.preventDefault();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (document.getElementById("palette")) { event.preventDefault(); openPalette(); }
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    } else if (event.key === "/") {
      const search = document.querySelector("[data-list-search]") ?? document.querySelector("[data-query] input.form-control");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "ArrowDown" && event.target === document.body) {
      const row = document.querySelector("tr[data-key][tabindex='0']");
      if (row) { event.preventDefault(); row.focus(); }
    }
  });
}
