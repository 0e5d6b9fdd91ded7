/** A question before something final: ending or erasing the conversation. */

import { h, setText } from "./dom.js";
import { texts } from "./texts.js";

/** @typedef {{title: string, help: string, yes: string, danger: boolean, act: () => Promise<void>}} Asked */

/**
 * @param {Asked} asked
 * @param {() => void} done it was answered, with yes (and carried out) or no
 * @returns {HTMLElement} to lay over the panel; its first button is the safe one
 */
export function question({ title, help, yes, danger, act }, done) {
  const failure = h("p", { class: "fout", role: "alert" });
  const confirm = async () => {
    try {
      await act();
      done();
    } catch {
      setText(failure, texts.failed);
    }
  };
  const card = h(
    "div",
    { class: "kaart", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "vraag", "aria-describedby": "uitleg" },
    h("h3", { id: "vraag" }, title),
    h("p", { id: "uitleg" }, help),
    failure,
    h(
      "div",
      { class: "rij" },
      h("button", { type: "button", class: "knop", onclick: done }, texts.cancel),
      h("button", { type: "button", class: `knop ${danger ? "gevaar" : "vol"}`, onclick: confirm }, yes),
    ),
  );
  return h("div", { class: "vraag" }, card);
}
