// Unit price × quantity over all lines, shown while people choose; the server computes what counts.
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
  const amount = (row) => {
    const price = byProduct[row.querySelector(`[name$="-${product}"]`).value];
    const count = Number.parseInt(row.querySelector(`[name$="-${quantity}"]`).value, 10);
    return price !== undefined && count > 0 ? price * count : null;
  };
  const show = () => {
    const amounts = [...output.form.querySelectorAll("[data-line]")].map(amount).filter((one) => one !== null);
    output.textContent = amounts.length ? money.format(amounts.reduce((sum, one) => sum + one, 0) / scale) : "–";
  };
  for (const name of ["input", "change"]) output.form.addEventListener(name, show);
  show();
}

export function start() {
  onContent((root) => all(root, "[data-total]").forEach(watch));
}
