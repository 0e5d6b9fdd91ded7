/** The menu with everything that is not needed for every message. */

/** @import { Chat } from "./chat.js" */
import { h, icon } from "./dom.js";
import { link } from "./markup.js";
import { texts } from "./texts.js";

/** @typedef {{askPerson: () => void, download: () => void, code: () => void, callback: () => void, end: () => void, erase: () => void}} Actions */

export class Menu {
  privacyAddress = "";
  list = h("ul", { class: "menu", id: "menu", hidden: true });
  button = h(
    "button",
    {
      type: "button",
      class: "meer",
      "aria-label": texts.menu,
      title: texts.menu,
      "aria-expanded": "false",
      "aria-controls": "menu",
      onclick: () => this.#toggle(),
    },
    icon("more"),
  );

  /** @param {Chat} chat @param {Actions} actions */
  constructor(chat, actions) {
    this.chat = chat;
    this.actions = actions;
  }

  /** @param {EventTarget[]} path of a click @returns {boolean} */
  holds(path) {
    return path.includes(this.list) || path.includes(this.button);
  }

  /** @returns {HTMLElement | null} the button to go back to, when the menu was open */
  close() {
    if (this.list.hidden) return null;
    this.#toggle();
    return this.button;
  }

  #toggle() {
    const opens = this.list.hidden;
    if (opens) this.#fill();
    this.list.hidden = !opens;
    this.button.setAttribute("aria-expanded", String(opens));
    if (opens) this.list.querySelector("button")?.focus();
  }

  #fill() {
    const { chat, actions } = this;
    const known = chat.conversation !== null;
    const owner = chat.conversation?.eigenaar ?? "bot";
    /** @type {(HTMLElement | false | "")[]} */
    const rows = [
      (owner === "bot" || owner === "gesloten") && this.#item("person", texts.askPerson, actions.askPerson),
      known && (owner === "bot" || owner === "wachtrij") && this.#item("phone", texts.callback, actions.callback),
      known && this.#item("pin", texts.code, actions.code),
      known && this.#item("save", texts.download, actions.download),
      known && chat.memory.canKeep && this.#keep(),
      known && owner !== "gesloten" && this.#item("done", texts.end, actions.end),
      this.privacyAddress && link(this.privacyAddress, texts.newTab, icon("out"), texts.privacy),
      known && this.#item("bin", texts.erase, actions.erase),
    ];
    this.list.replaceChildren(...rows.filter((row) => row instanceof Node).map((row) => h("li", {}, row)));
  }

  /** @param {Parameters<typeof icon>[0]} name @param {string} text @param {() => void} act */
  #item(name, text, act) {
    const onclick = () => {
      this.close()?.focus();
      act();
    };
    return h("button", { type: "button", class: name === "bin" ? "gevaar" : null, onclick }, icon(name), text);
  }

  #keep() {
    const { chat } = this;
    const keep = h(
      "button",
      { type: "button", role: "switch", "aria-checked": String(chat.memory.onDevice) },
      icon("shield"),
      h("span", {}, texts.keep, h("small", {}, texts.keepHelp)),
      h("span", { class: "schakel", "aria-hidden": "true" }),
    );
    keep.addEventListener("click", () => {
      chat.keep(!chat.memory.onDevice);
      keep.setAttribute("aria-checked", String(chat.memory.onDevice));
    });
    return keep;
  }
}
