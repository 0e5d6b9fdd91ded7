/** Cards over the panel: a question before something final, and the code that a citizen says. */

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
  return layer("alertdialog", title, help, [
    failure,
    h(
      "div",
      { class: "rij" },
      h("button", { type: "button", class: "knop", onclick: done }, texts.cancel),
      h("button", { type: "button", class: `knop ${danger ? "gevaar" : "vol"}`, onclick: confirm }, yes),
    ),
  ]);
}

/** @param {{code: string}} given @param {() => void} done */
export function spokenCode({ code }, done) {
  const button = h("button", { type: "button", class: "knop vol", onclick: done }, texts.close);
  return layer("dialog", texts.code, [h("h3", {}, code), texts.codeHelp], [button]);
}

/** @param {string} role @param {string} title @param {string | (Node | string)[]} help @param {Node[]} rest */
function layer(role, title, help, rest) {
  const named = { role, "aria-modal": "true", "aria-labelledby": "vraag", "aria-describedby": "uitleg" };
  const lines = [h("h3", { id: "vraag" }, title), h("div", { id: "uitleg" }, ...[help].flat())];
  return h("div", { class: "vraag" }, h("div", { class: "kaart", ...named }, ...lines, ...rest));
}
