// Long and multiple choices become pickers with search; the script is fetched when one is there.
import { onContent, all, word } from "./page.js";

let loading = null;

export function loadPicker() {
  loading ??= new Promise((resolve, reject) => {
    const { pickerJs, pickerCss } = document.getElementById("words").dataset;
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = pickerCss;
    document.head.insertBefore(style, document.querySelector('link[href*="/css/simtree.css"]'));
    const script = document.createElement("script");
    script.src = pickerJs;
    script.onload = () => resolve(window.TomSelect);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

// The picker takes the label over; what it stands for must not stay without a name.
export function keepName(select) {
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  if (label) select.setAttribute("aria-label", label.textContent.trim());
}

async function make(select) {
  if (select.dataset.picker === "made") return;
  select.dataset.picker = "made";
  const TomSelect = await loadPicker();
  if (!select.isConnected || select.tomselect) return;
  const nothing = document.createElement("div");
  nothing.className = "no-results";
  nothing.textContent = word("nothing");
  keepName(select);
  new TomSelect(select, {
    plugins: select.multiple ? { remove_button: { title: word("remove") }, checkbox_options: {} } : {},
    maxOptions: 500,
    hideSelected: false,
    placeholder: select.querySelector('option[value=""]')?.textContent ?? "",
    render: { no_results: () => nothing.cloneNode(true) },
    onInitialize() { this.control_input?.setAttribute("autocomplete", "off"); },
  });
}

export function start() {
  onContent((root) => all(root, "select[data-picker]").forEach((select) => make(select).catch(() => {})));
}
