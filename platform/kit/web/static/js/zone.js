// The time zone of this machine, where a form leaves it open and offers it.
import { all } from "./page.js";

export function start() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of all(document.body, "select[data-own-zone]")) {
    if ([...field.options].some((one) => one.value === own)) field.value = own;
  }
}
