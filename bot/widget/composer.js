/** The field in which the citizen types, with its counter. */

import { h, icon, setText } from "./dom.js";
import { texts } from "./texts.js";

/** The server's limit, in characters. */
export const LONGEST = 4000;
const COUNT_FROM = 3600;

export class Composer {
  /**
   * @param {object} handlers
   * @param {(text: string) => void} handlers.onSend
   * @param {(text: string) => void} handlers.onInput
   */
  constructor(handlers) {
    this.handlers = handlers;
    this.counter = h("p", { class: "teller", id: "teller", hidden: true });
    this.field = h("textarea", {
      rows: 1,
      id: "veld",
      placeholder: texts.placeholder,
      "aria-describedby": "teller",
      enterkeyhint: "send",
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#submit();
      },
      oninput: () => {
        this.#show();
        handlers.onInput(this.field.value);
      },
    });
    this.button = h("button", { class: "verstuur", "aria-label": texts.send }, icon("send"));
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#submit();
    };
    const label = h("label", { for: "veld", class: "onzichtbaar" }, texts.field);
    this.element = h("form", { class: "invoer", onsubmit }, label, this.field, this.button, this.counter);
    this.#show();
  }

  /** Put a text in the field, before what is already there. @param {string} text */
  prepend(text) {
    this.field.value = [text, this.field.value].filter(Boolean).join("\n");
    this.#show();
  }

  /** Measure the field again; only possible while it is visible. */
  fit() {
    this.field.style.height = "auto";
    if (this.field.scrollHeight > 0) this.field.style.height = `${this.field.scrollHeight + 3}px`;
  }

  #submit() {
    const text = this.field.value.trim();
    if (!text || length(text) > LONGEST) return;
    this.field.value = "";
    this.#show();
    this.handlers.onInput("");
    this.handlers.onSend(text);
  }

  #show() {
    const text = this.field.value.trim();
    const count = length(text);
    const over = count - LONGEST;
    this.counter.hidden = count < COUNT_FROM;
    this.counter.classList.toggle("over", over > 0);
    setText(this.counter, over > 0 ? texts.tooLong(over) : texts.left(-over));
    this.field.setAttribute("aria-invalid", String(over > 0));
    this.button.setAttribute("aria-disabled", String(!text || over > 0));
    this.fit();
  }
}

/** Counted as the server counts: code points, not the halves of an emoji. @param {string} text */
const length = (text) => [...text].length;
