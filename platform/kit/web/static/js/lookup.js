// Look-up boxes: a record among very many is searched for while one types, and may be made beside.
import { onContent, all, word } from "./page.js";
import { keepName, loadPicker } from "./picker.js";

let awaited = null;

async function ask(url, values) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
  Object.entries(values).forEach(([name, value]) => body.set(name, value));
  const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
  return answer.ok ? answer.json() : [];
}

function line(one, escape) {
  const detail = one.detail ? ` <small>${escape(one.detail)}</small>` : "";
  return `<div>${escape(one.name)}${detail}</div>`;
}

function note(text) {
  const box = document.createElement("div");
  box.className = "no-results";
  box.textContent = text;
  return box;
}

async function make(select) {
  if (select.dataset.made) return;
  select.dataset.made = "yes";
  const TomSelect = await loadPicker();
  if (!select.isConnected || select.tomselect) return;
  // What may be chosen without a search stays among the options.
  const besides = new Set([...select.options].map((one) => one.value).filter((value) => value));
  const empty = select.querySelector('option[value=""]')?.textContent ?? select.getAttribute("placeholder") ?? "";
  keepName(select);
  const box = new TomSelect(select, {
    plugins: select.multiple ? { remove_button: { title: word("remove") } } : { clear_button: { title: word("remove") } },
    valueField: "key", labelField: "name", searchField: [],
    placeholder: empty, maxOptions: 20, loadThrottle: 200,
    allowEmptyOption: false,
    // The server has matched; here nothing is left out.
    score: () => () => 1,
    shouldLoad: (text) => text.trim().length > 0,
    load(text, answer) {
      this.clearOptions((_one, value) => besides.has(value));
      ask(select.dataset.lookUp, { q: text }).then(answer, () => answer());
    },
    render: {
      option: line,
      item: (one, escape) => `<div>${escape(one.name)}</div>`,
      no_results: () => note(word("nothing")),
      not_loading: () => note(word("typeToSearch")),
    },
    onInitialize() { this.control_input?.setAttribute("autocomplete", "off"); },
  });
  // What stood there before the script has a label, but not under the name that it is shown by.
  for (const option of select.options) {
    if (option.value) box.updateOption(option.value, { key: option.value, name: option.textContent });
  }
}

async function take(record) {
  const select = document.getElementById(awaited);
  awaited = null;
  const [one] = select?.tomselect ? await ask(select.dataset.lookUp, { key: record }) : [];
  if (!one) return;
  select.tomselect.addOption(one);
  select.tomselect.addItem(one.key);
  window.tabler.Offcanvas.getInstance(document.getElementById("drawer"))?.hide();
  select.tomselect.focus();
}

export function start() {
  onContent((root) => all(root, "select[data-look-up]").forEach((select) => make(select).catch(() => {})));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-look-up-add]");
    if (link) awaited = link.dataset.lookUpAdd;
  }, true);
  // A form in the drawer that was saved leads to the page of what it made.
  document.addEventListener("htmx:after:request", (event) => {
    const { request, response } = event.detail.ctx;
    const record = response?.headers?.get?.("X-Record");
    if (awaited && record && request.method !== "GET") take(record);
  });
  document.addEventListener("hidden.bs.offcanvas", () => { awaited = null; });
}
