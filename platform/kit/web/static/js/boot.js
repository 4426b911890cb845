// Starts every module once; each listens on the document, so swapped pieces need no second start.
import { start as toast } from "./toast.js";
import { start as requests } from "./requests.js";
import { start as ask } from "./ask.js";
import { start as drawer } from "./drawer.js";
import { start as list } from "./list.js";
import { start as selection } from "./selection.js";
import { start as arrange } from "./arrange.js";
import { start as split } from "./split.js";
import { start as form } from "./form.js";
import { start as keys } from "./keys.js";
import { start as copy } from "./copy.js";
import { start as countdown } from "./countdown.js";
import { start as fullscreen } from "./fullscreen.js";
import { start as frame } from "./frame.js";
import { start as zone } from "./zone.js";
import { start as picker } from "./picker.js";
import { start as chart } from "./chart.js";
import { start as total } from "./total.js";
import { start as eye } from "./eye.js";
import { start as paste } from "./paste.js";
import { start as strip } from "./strip.js";
import { start as lock } from "./lock.js";
import { start as passkey } from "./passkey.js";
import { start as palette } from "./palette.js";
import { start as pages } from "./pages.js";
import { start as offline } from "./offline.js";
import { start as tree } from "./tree.js";
import { start as lookup } from "./lookup.js";
import { start as depends } from "./depends.js";
import { start as lines } from "./lines.js";
import { start as live } from "./live.js";
import { start as drop } from "./drop.js";
import { start as mention } from "./mention.js";
import { start as order } from "./order.js";
import { start as star } from "./star.js";

for (const start of [
  toast, requests, ask, drawer, list, selection, arrange, split, form, keys, copy, countdown,
  fullscreen, frame, zone, picker, chart, total, eye, paste, strip, lock, palette, pages, offline, tree,
  lookup, depends, lines, live, passkey, drop, mention, order, star,
]) {
  start();
}
document.documentElement.dataset.ready = "true";
