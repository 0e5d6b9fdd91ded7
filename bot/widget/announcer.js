/** A live region that says each text once, so that restored messages stay silent and new ones are heard. */

import { h } from "./dom.js";

const SHOWN_MS = 8_000;

export class Announcer {
  element = h("div", { class: "onzichtbaar", role: "log", "aria-live": "polite", "aria-relevant": "additions" });

  /** @param {string} text */
  say(text) {
    const line = h("p", {}, text);
    this.element.append(line);
    setTimeout(() => line.remove(), SHOWN_MS);
  }
}
