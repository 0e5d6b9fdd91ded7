/** The other ways to a person, always beside the chat: the telephone, and the counter with today's opening hours. */

/** @import { Gemeente } from "./types" */
import { h, icon, setText } from "./dom.js";
import { telAddress } from "./markup.js";
import { texts } from "./texts.js";

export class OtherWays {
  #call = h("span", {});
  #phone = h("a", {}, icon("phone"), this.#call);
  element = h("div", { class: "anders", hidden: true }, this.#phone);
  #hours = h("div", { class: "langs", id: "langs", role: "group", "aria-label": texts.visit, hidden: true });
  #today = h("small", {});
  #button = h(
    "button",
    { type: "button", "aria-expanded": "false", "aria-controls": "langs", onclick: () => this.#toggle() },
    icon("pin"),
    h("span", {}, h("b", {}, texts.visit), this.#today),
  );

  /** @param {Gemeente} municipality */
  fill({ telefoon, openingstijden, telefoontijden, adres }) {
    this.element.hidden = false;
    this.#phone.href = telAddress(telefoon);
    setText(this.#call, texts.call(telefoon));
    if (!openingstijden) return;
    this.#today.textContent = openingstijden.vandaag;
    const days = openingstijden.week.flatMap(({ dag, tijden }) => [h("dt", {}, dag), h("dd", {}, tijden)]);
    this.#hours.replaceChildren(
      ...section(texts.address, adres && h("p", {}, adres)),
      ...section(texts.openingHours, h("dl", {}, ...days)),
      ...section(texts.phoneHours, telefoontijden?.vandaag && h("p", {}, telefoontijden.vandaag)),
    );
    if (!this.#button.isConnected) this.element.append(this.#button, this.#hours);
  }

  /** @param {EventTarget[]} path of a click @returns {boolean} */
  holds(path) {
    return path.includes(this.#hours) || path.includes(this.#button);
  }

  /** @returns {HTMLElement | null} the button to go back to, when something was open */
  close() {
    if (this.#hours.hidden) return null;
    this.#toggle();
    return this.#button;
  }

  #toggle() {
    this.#hours.hidden = !this.#hours.hidden;
    this.#button.setAttribute("aria-expanded", String(!this.#hours.hidden));
  }
}

/** @param {string} title @param {Node | "" | undefined} body @returns {Node[]} */
const section = (title, body) => (body ? [h("h3", {}, title), body] : []);
