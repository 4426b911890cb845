// What htmx sends and what happens when it fails.
import { show } from "./toast.js";
import { word } from "./page.js";

export function start() {
  const meta = () => document.querySelector('meta[name="csrf-token"]');

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.request.method !== "GET" && meta()) {
      ctx.request.headers["X-CSRFToken"] = meta().content;
    }
  });

  document.addEventListener("kit:csrf", (event) => {
    const token = event.detail?.token;
    if (!token) return;
    meta()?.setAttribute("content", token);
    document.querySelectorAll('input[name="csrf_token"]').forEach((input) => { input.value = token; });
  });

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.request.method !== "GET" && ctx.response.status < 400) {
      // Something was written: lists on this page may show old rows.
      document.body.dispatchEvent(new CustomEvent("kit:changed"));
    }
  });

  document.addEventListener("htmx:error", (event) => {
    const late = event.detail.ctx?.request?.signal?.reason === "timeout";
    show(word(late ? "slow" : navigator.onLine ? "failed" : "offline"), "danger");
  });

  document.addEventListener("kit:refused", (event) => {
    const name = event.detail?.field;
    const input = name && event.target.querySelector?.(`[name="${CSS.escape(name)}"]`);
    if (input) {
      input.setAttribute("aria-invalid", "true");
      input.closest(".field")?.classList.add("has-error");
      input.focus();
    }
  });
}
