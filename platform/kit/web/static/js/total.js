// Unit price × quantity, shown while people choose; the server computes what counts.
import { onContent, all } from "./page.js";

function minorDigits(currency) {
  return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency })
    .resolvedOptions().maximumFractionDigits;
}

function watch(output) {
  const { prices, currency, product, quantity } = output.dataset;
  const byProduct = JSON.parse(prices);
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const scale = 10 ** minorDigits(currency);
  const fields = [document.getElementById(product), document.getElementById(quantity)];
  const show = () => {
    const price = byProduct[fields[0].value];
    const count = Number.parseInt(fields[1].value, 10);
    output.textContent = price === undefined || !(count > 0) ? "–" : money.format((price * count) / scale);
  };
  fields.forEach((field) => ["input", "change"].forEach((name) => field.addEventListener(name, show)));
  show();
}

export function start() {
  onContent((root) => all(root, "[data-total]").forEach(watch));
}
