/** What a citizen thinks of a conversation that is over. */

import { Problem } from "./api.js";
import { h, setText } from "./dom.js";
import { texts } from "./texts.js";

const words = texts.rating;

/**
 * @param {boolean} withPerson an employee had the conversation
 * @param {(given: object) => Promise<void>} send
 * @returns {HTMLElement}
 */
export function rating(withPerson, send) {
  const failure = h("p", { class: "fout", role: "alert" });
  const comment = h("textarea", { id: "toelichting", rows: "2", maxlength: "1000" });
  const form = h(
    "form",
    {
      class: "oordeel",
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const { beantwoord, cijfer, opnieuw } = Object.fromEntries(new FormData(form));
        if (!beantwoord) return setText(failure, words.first);
        const given = { beantwoord, toelichting: comment.value };
        if (cijfer) Object.assign(given, { cijfer: +cijfer });
        if (opnieuw) Object.assign(given, { opnieuw_verteld: opnieuw === "ja" });
        try {
          await send(given);
          form.replaceWith(h("p", { role: "status" }, words.thanks));
        } catch (error) {
          setText(failure, (error instanceof Problem && error.message) || texts.failed);
        }
      },
    },
    choices("beantwoord", words.answered, ["ja", "deels", "nee"]),
    withPerson && choices("opnieuw", words.again, ["nee", "ja"]),
    choices("cijfer", words.score, ["1", "2", "3", "4", "5"]),
    h("label", { for: "toelichting" }, words.comment),
    comment,
    failure,
    h("button", { class: "knop" }, texts.send),
  );
  return form;
}

/** @param {string} name @param {string} question @param {string[]} values */
function choices(name, question, values) {
  const options = values.map((value) => h("label", {}, h("input", { type: "radio", name, value }), value));
  return h("fieldset", {}, h("legend", {}, question), ...options);
}
