/** What is wrong with the line, above the messages, with a button to try now. */

import { h, icon, setText } from "./dom.js";
import { texts } from "./texts.js";

/** A tap ends with its click: what lies under a finger may only go after that. */
const RELEASE_MS = 300;

/**
 * One element and one button for as long as the chat lives, so that nobody loses a click because the notice was renewed.
 * While a pointer is on it, it keeps its place and size, also when there is nothing to tell any more.
 */
export class Notice {
  #text = h("span", {});
  #held = false;
  #wanted = { text: "", retry: false };
  /** @type {number | undefined} */
  #releasing;

  /** @param {() => void} onRetry @param {() => void} onFocusLost the button had the focus and goes */
  constructor(onRetry, onFocusLost) {
    this.onFocusLost = onFocusLost;
    this.button = h("button", { type: "button", onclick: onRetry }, texts.tryNow);
    const events = { onpointerenter: () => this.#hold(), onpointerleave: () => this.#leave() };
    this.element = h(
      "div",
      { class: "melding", role: "status", hidden: true, ...events },
      icon("alert"),
      this.#text,
      this.button,
    );
  }

  /** @param {string} text empty: nothing to tell @param {boolean} retry offer to try now */
  show(text, retry) {
    this.#wanted = { text, retry };
    if (!this.#held || this.element.hidden) this.#settle();
    else if (text) setText(this.#text, text);
    else if (!this.button.hidden) setText(this.#text, texts.lineIsBack);
  }

  #hold() {
    clearTimeout(this.#releasing);
    this.#held = true;
    this.element.style.height = `${this.element.offsetHeight}px`;
  }

  #leave() {
    this.#releasing = setTimeout(() => {
      this.#held = false;
      this.element.style.height = "";
      this.#settle();
    }, RELEASE_MS);
  }

  #settle() {
    const { text, retry } = this.#wanted;
    const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
    const focused = root.activeElement === this.button;
    if (text) setText(this.#text, text);
    this.element.hidden = !text;
    this.button.hidden = !retry;
    if (focused && !(text && retry)) this.onFocusLost();
  }
}
