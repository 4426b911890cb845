// Without a connection a banner says so; forms wait, and keep what was typed.
import { show } from "./toast.js";
import { word } from "./page.js";

export function start() {
  const banner = document.getElementById("offline");
  if (!banner) return;
  const tell = () => { banner.hidden = navigator.onLine; };
  window.addEventListener("offline", tell);
  window.addEventListener("online", () => { tell(); show(word("online"), "success"); });
  tell();
}
