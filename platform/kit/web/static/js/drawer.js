// The drawer on the right: links marked data-drawer open in it, on a phone they are pages.

const narrow = window.matchMedia("(max-width: 767.98px)");
let opener = null;

export function open(url, from) {
  const box = document.getElementById("drawer");
  if (!box || narrow.matches) {
    location.assign(url);
    return;
  }
  // A link inside the drawer leads further in; the way back stays the row that opened it.
  if (from && !box.contains(from)) opener = from;
  const body = box.querySelector("#drawer-body");
  // Beside a list one leads through rows quickly: what is shown stays until the next has come.
  if (!box.classList.contains("show")) {
    body.replaceChildren(document.getElementById("drawer-loading").content.cloneNode(true));
  }
  window.tabler.Offcanvas.getOrCreateInstance(box).show();
  htmx.ajax("GET", url, {
    source: body, target: "#drawer-body", swap: "innerHTML",
    headers: { "HX-Target": "div#drawer-body" },
  });
  box.dataset.url = url;
}

export function isOpen() {
  return document.getElementById("drawer")?.classList.contains("show") ?? false;
}

function back() {
  const key = opener?.dataset?.key;
  // The list may have been refreshed meanwhile: the same row is then another element.
  const row = key ? document.querySelector(`tr[data-key="${CSS.escape(key)}"]`) : opener;
  row?.focus({ preventScroll: false });
}

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link.href, link.closest("tr[data-key]") ?? link);
  });
  const box = document.getElementById("drawer");
  box?.addEventListener("hide.bs.offcanvas", (event) => {
    const left = new CustomEvent("kit:leaving", { cancelable: true, bubbles: true });
    if (!box.querySelector("#drawer-body").dispatchEvent(left)) event.preventDefault();
  });
  box?.addEventListener("hidden.bs.offcanvas", () => {
    box.querySelector("#drawer-body").replaceChildren();
    document.querySelectorAll("tr.is-open").forEach((row) => row.classList.remove("is-open"));
    back();
  });
  box?.addEventListener("shown.bs.offcanvas", () => {
    document.querySelectorAll("tr.is-open").forEach((row) => row.classList.remove("is-open"));
    opener?.classList?.add("is-open");
  });
  for (const name of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(name, () => {
      // The toast says what went wrong; an empty drawer adds nothing.
      if (isOpen() && box.querySelector(".drawer-wait")) window.tabler.Offcanvas.getInstance(box).hide();
    });
  }
  document.addEventListener("htmx:after:swap", () => {
    // The piece that had the focus is gone: without this, keys would reach nobody.
    if (!isOpen() || document.body.classList.contains("is-split")) return;
    if (document.activeElement === document.body) box.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen()) return;
    if (box.contains(event.target) || document.querySelector("dialog[open]")) return;
    window.tabler.Offcanvas.getInstance(box).hide();
  });
  document.addEventListener("kit:done", () => {
    if (isOpen()) window.tabler.Offcanvas.getInstance(box).hide();
  });
}
