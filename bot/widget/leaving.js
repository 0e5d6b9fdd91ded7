/**
 * Leaving at once, for who may be watched: nothing of the conversation stays on this device, and the browser's "back" does
 * not return here. Only where the server marked the conversation so.
 */

/** @import { Gesprek } from "./types" */
import { h, icon } from "./dom.js";
import { texts } from "./texts.js";

/** Long enough for slow fingers; two presses with a thought between them are no haste. */
const ESCAPE_TWICE_MS = 1_500;

export class QuickExit {
  element = h("div", { class: "snel", hidden: true });
  #lastEscape = -Infinity;

  /** @param {() => void} leave */
  constructor(leave) {
    this.leave = leave;
    this.element.append(
      h("button", { type: "button", class: "knop gevaar", "aria-describedby": "snel-uitleg", onclick: leave }, icon("out"), texts.leave),
      h("p", { id: "snel-uitleg" }, texts.leaveHelp),
    );
  }

  /** @param {Gesprek | null} conversation @returns {boolean} whether it is there now and was not before */
  show(conversation) {
    const wanted = conversation?.snel_verlaten ?? false;
    const appears = wanted && this.element.hidden === true;
    this.element.hidden = !wanted;
    return appears;
  }

  /** Escape twice leaves, wherever the focus is. @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || event.repeat || this.element.hidden) return;
    const twice = event.timeStamp - this.#lastEscape < ESCAPE_TWICE_MS;
    this.#lastEscape = event.timeStamp;
    if (twice) this.leave();
  }
}
