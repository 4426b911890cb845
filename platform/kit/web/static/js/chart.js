// Charts: <div data-chart><script type="application/json">option</script></div>, drawn by ECharts.
import { onContent, all } from "./page.js";

let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.getElementById("words").dataset.chartJs;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

function palette() {
  const brand = getComputedStyle(document.documentElement).getPropertyValue("--tblr-primary").trim();
  return [brand, "#e8a33d", "#5b8def", "#7bb661", "#c86b98", "#8d7bd6", "#5fb3b3", "#b58a63"];
}

async function draw(box) {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "yes";
  const option = JSON.parse(box.querySelector('script[type="application/json"]').textContent);
  const echarts = await load();
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption({
    color: palette(),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    animationDuration: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 400,
    ...option,
    // Its HTML tooltips carry style attributes, which the content security policy stops.
    tooltip: { ...(option.tooltip ?? {}), renderMode: "richText" },
    aria: { enabled: true, ...(option.aria ?? {}) },
  });
  new ResizeObserver(() => chart.resize()).observe(box);
}

export function start() {
  onContent((root) => all(root, "[data-chart]").forEach((box) => draw(box).catch(() => {})));
}
