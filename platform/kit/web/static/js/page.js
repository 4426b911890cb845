// What every module needs: words, and "do this now and whenever htmx brings something new".

let words = null;

export function word(name, values = {}) {
  words ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  return Object.entries(values).reduce(
    (text, [key, value]) => text.replace(`{${key}}`, value), words[name] ?? "");
}

export function onContent(work) {
  work(document.body);
  document.addEventListener("htmx:after:process", (event) => work(event.target));
}

export function all(root, selector) {
  const inside = root.querySelectorAll ? [...root.querySelectorAll(selector)] : [];
  return root.matches?.(selector) ? [root, ...inside] : inside;
}

export function store(area, key, value) {
  // Private windows and full disks refuse; remembering is a comfort, never a need.
  try {
    if (value === undefined) return area.getItem(key);
    if (value === null) area.removeItem(key);
    else area.setItem(key, value);
  } catch { /* not remembered */ }
  return null;
}

export function typing(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
}
