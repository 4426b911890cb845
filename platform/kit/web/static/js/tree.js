// Trees: what is typed narrows them; a node dragged onto another opens the form that moves it.
import { open } from "./drawer.js";

let dragged = null;

function narrow(input) {
  const tree = document.getElementById(input.dataset.treeSearch);
  const text = input.value.trim().toLowerCase();
  const nodes = [...tree.querySelectorAll("[data-node]")];
  const fits = (node) => node.dataset.name.includes(text);
  let any = false;
  for (const node of nodes) {
    const shown = !text || fits(node) || Boolean(node.parentElement.closest("[data-node].is-found"))
      || [...node.querySelectorAll("[data-node]")].some(fits);
    node.hidden = !shown;
    // What hangs below one that was found is shown with it.
    node.classList.toggle("is-found", Boolean(text) && fits(node));
    any ||= shown;
  }
  input.parentElement.querySelector("[data-tree-none]").hidden = any;
}

const onto = (event) => {
  const target = event.target.closest?.("[data-node]");
  const may = dragged && target && target !== dragged && !dragged.contains(target)
    && target !== dragged.parentElement.closest("[data-node]");
  return may ? target : null;
};

function mark(target) {
  document.querySelectorAll(".is-target").forEach((one) => one.classList.remove("is-target"));
  target?.classList.add("is-target");
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-tree-search]")) narrow(event.target);
  });
  document.addEventListener("dragstart", (event) => {
    const node = event.target.closest?.("[data-node][data-move]");
    if (!node) return;
    dragged = node;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", node.dataset.name);
    node.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const target = onto(event);
    mark(target);
    if (target) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const target = onto(event);
    if (!target) return;
    event.preventDefault();
    const url = new URL(dragged.dataset.move, location.href);
    url.searchParams.set("parent", target.dataset.node);
    open(url.pathname + url.search, dragged);
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    mark(null);
    dragged = null;
  });
}
