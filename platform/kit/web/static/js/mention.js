// @ in a comment offers the colleagues who may see the record; arrows and Enter choose one.
let timer = null;

const boxOf = (target) => target.closest?.("[data-mention]");
const listOf = (box) => box.querySelector(".mention-list");

function begun(area) {
  const before = area.value.slice(0, area.selectionStart);
  const found = /(?:^|[\s，。；：、(（])@([^\s@]{0,20})$/.exec(before);
  return found ? found[1] : null;
}

function close(box) {
  listOf(box).hidden = true;
  listOf(box).replaceChildren();
}

function choose(box, written) {
  const area = box.querySelector("textarea");
  const typed = begun(area);
  if (typed === null) return close(box);
  const start = area.selectionStart - typed.length - 1;
  area.setRangeText(`${written} `, start, area.selectionStart, "end");
  area.focus();
  close(box);
}

function mark(list, step) {
  const items = [...list.children];
  const now = items.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = (now + step + items.length) % items.length;
  items.forEach((one, index) => one.setAttribute("aria-selected", String(index === next)));
}

async function offer(box, text) {
  const answer = await fetch(`${box.dataset.mention}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const people = await answer.json();
  const list = listOf(box);
  list.replaceChildren(...people.map((one, index) => {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(index === 0));
    item.dataset.write = one.write;
    item.textContent = `${one.name} (${one.username})`;
    return item;
  }));
  list.hidden = !people.length;
}

export function start() {
  document.addEventListener("input", (event) => {
    const box = event.target.matches?.("textarea") && boxOf(event.target);
    if (!box) return;
    clearTimeout(timer);
    const text = begun(event.target);
    if (text === null) close(box);
    else timer = setTimeout(() => offer(box, text).catch(() => {}), 200);
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.matches?.("textarea") && boxOf(event.target);
    const list = box && listOf(box);
    if (!list || list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(list, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" || event.key === "Tab") choose(box, list.querySelector('[aria-selected="true"]').dataset.write);
    else if (event.key === "Escape") close(box);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest?.(".mention-list li");
    if (!item) return;
    event.preventDefault();
    choose(boxOf(item), item.dataset.write);
  });
  document.addEventListener("focusout", (event) => {
    const box = event.target.matches?.("textarea") && boxOf(event.target);
    if (box) close(box);
  });
}
