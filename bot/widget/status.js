/** Who is on the other side now, in words. */

/** @import { Gesprek } from "./types" */
import { h, icon } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @param {Gesprek | null} conversation
 * @param {string} assistant
 * @returns {[string, string]} who it is, and what comes with it (may be empty)
 */
export function otherSide(conversation, assistant) {
  switch (conversation?.eigenaar) {
    case "medewerker":
      return [conversation.medewerker ? texts.withPerson(conversation.medewerker) : texts.withSomebody, ""];
    case "wachtrij":
      return [texts.queued, conversation.plaats ? texts.place(conversation.plaats) : ""];
    case "gesloten":
      return [texts.closed, texts.closedHelp];
    default:
      return [texts.withBot(assistant), ""];
  }
}

const ICONS = /** @type {const} */ ({ bot: "bot", medewerker: "person", wachtrij: "queue", gesloten: "done" });

/** The bar under the heading, with the way to a person. */
export class StatusBar {
  #words = h("p", {});

  /** @param {() => void} askPerson */
  constructor(askPerson) {
    this.button = h("button", { type: "button", class: "knop", onclick: askPerson }, texts.askPerson);
    this.element = h("div", { class: "wie" }, h("span", {}), this.#words, this.button);
  }

  /** @param {Gesprek | null} conversation @param {string} assistant */
  show(conversation, assistant) {
    const owner = conversation?.eigenaar ?? "bot";
    const [who, more] = otherSide(conversation, assistant);
    if (this.element.dataset.eigenaar !== owner) {
      this.element.dataset.eigenaar = owner;
      this.element.firstElementChild?.replaceWith(icon(ICONS[owner]));
    }
    if (this.#words.textContent !== who + more) {
      this.#words.replaceChildren(h("strong", {}, who), more && h("span", {}, more));
    }
    this.button.hidden = owner === "medewerker" || owner === "wachtrij";
  }
}
