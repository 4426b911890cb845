// Lists that people put in order: the buttons of each item, or dragging it. The form saves.

let dragged = null;

function move(item, up) {
  const other = up ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (up) other.before(item); else other.after(item);
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-arrange] [data-move]");
    if (!button) return;
    event.preventDefault();
    move(button.closest("li"), button.dataset.move === "up");
    button.focus();
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-arrange] > li") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.("[data-arrange] > li");
    if (!over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    if (event.clientY > box.top + box.height / 2) over.after(dragged); else over.before(dragged);
  });
  document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });
}
