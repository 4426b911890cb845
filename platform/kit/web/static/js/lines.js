// Lines of a record: added, removed, numbered; a draft brings back those it had.

const BLANK = /__line__/g;
const rows = (box) => [...box.querySelectorAll("[data-line]")];

function number(box) {
  rows(box).forEach((row, place) => { row.querySelector("[data-line-number]").textContent = place + 1; });
  box.querySelector("[data-line-add]").disabled = rows(box).length >= Number(box.dataset.most);
  rows(box).forEach((row) => { row.querySelector("[data-line-remove]").hidden = rows(box).length < 2; });
}

function next(box) {
  const taken = [...box.querySelectorAll("[data-line] [name]")]
    .map((field) => Number(field.name.slice(box.dataset.lines.length + 1).split("-")[0]));
  return Math.max(-1, ...taken) + 1;
}

function add(box, place = next(box)) {
  const blank = box.querySelector("[data-line-blank]");
  const holder = document.createElement("div");
  holder.append(blank.content.cloneNode(true));
  for (const one of holder.querySelectorAll("*")) {
    for (const { name, value } of [...one.attributes]) {
      if (value.includes("__line__")) one.setAttribute(name, value.replace(BLANK, place));
    }
  }
  const row = holder.firstElementChild;
  box.querySelector("[data-line-rows]").append(row);
  htmx.process(row);
  number(box);
  return row;
}

function tell(box) { box.dispatchEvent(new Event("input", { bubbles: true })); }

export function start() {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-lines]");
    if (event.target.closest("[data-line-add]")) {
      add(box).querySelector("input, select, textarea")?.focus();
      tell(box);
    }
    const remover = event.target.closest("[data-line-remove]");
    if (remover) {
      const row = remover.closest("[data-line]");
      const beside = row.previousElementSibling ?? row.nextElementSibling;
      row.remove();
      number(box);
      beside?.querySelector("input, select, textarea")?.focus();
      tell(box);
    }
  });
  document.addEventListener("kit:fill", (event) => {
    for (const box of event.target.querySelectorAll("[data-lines]")) {
      const places = event.detail
        .filter((name) => name.startsWith(`${box.dataset.lines}-`))
        .map((name) => Number(name.slice(box.dataset.lines.length + 1).split("-")[0]));
      for (const place of new Set(places)) {
        if (!box.querySelector(`[name^="${box.dataset.lines}-${place}-"]`)) add(box, place);
      }
    }
  });
  const settle = () => document.querySelectorAll("[data-lines]").forEach(number);
  settle();
  document.addEventListener("htmx:after:swap", settle);
}
