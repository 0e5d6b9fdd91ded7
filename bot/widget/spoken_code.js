/** The code that a citizen says at the counter or on the telephone. */

import { h } from "./dom.js";
import { texts } from "./texts.js";

const UNTIL = new Intl.DateTimeFormat("nl-NL", { weekday: "long", hour: "2-digit", minute: "2-digit" });

/**
 * @param {{code: string, geldig_tot: string}} given
 * @param {() => void} done it was read
 * @returns {HTMLElement} to lay over the panel
 */
export function spokenCode({ code, geldig_tot: until }, done) {
  const card = h(
    "div",
    { class: "kaart", role: "dialog", "aria-modal": "true", "aria-labelledby": "vraag", "aria-describedby": "code uitleg" },
    h("h3", { id: "vraag" }, texts.coded.title),
    h("p", { id: "code", class: "code" }, code),
    h("p", { id: "uitleg" }, texts.coded.help(UNTIL.format(new Date(until)))),
    h("div", { class: "rij" }, h("button", { type: "button", class: "knop vol", onclick: done }, texts.coded.close)),
  );
  return h("div", { class: "vraag" }, card);
}
