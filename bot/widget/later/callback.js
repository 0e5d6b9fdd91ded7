/** The form to be called back, mailed or met in the chat. Loaded when a citizen asks for it: most never do. */

/** @import { Chat } from "../chat.js" */
import { h, setText } from "../dom.js";
import { newId } from "../outgoing.js";
import { texts } from "../texts.js";

const TIMEOUT_MS = 15_000;
const words = {
  help: "Een medewerker neemt contact met u op. U kiest zelf hoe en wanneer.",
  how: "Hoe?",
  ways: { telefoon: "Bel mij", "e-mail": "Mail mij", chat: "Chat met mij" },
  phone: "Telefoonnummer",
  email: "E-mailadres",
  when: "Wanneer komt het u uit?",
  whenever: "Dat maakt niet uit",
  name: "Naar wie mogen wij vragen? (niet verplicht)",
  speakIn: "Mogen wij een bericht inspreken als u niet opneemt?",
  yes: "Ja",
  no: "Nee",
};

const styles = new CSSStyleSheet();
styles.replaceSync(`
.terugbel { display: grid; gap: 8px; margin-top: 12px }
.terugbel fieldset { display: flex; flex-wrap: wrap; gap: 4px 16px; border: 0; padding: 0 }
.terugbel fieldset { margin: 0 }
.terugbel legend { padding: 0 }
.terugbel legend, .terugbel > label { font-weight: 700 }
.terugbel fieldset label { display: flex; align-items: center; gap: 4px; min-height: 24px }
.terugbel input:not([type=radio]), .terugbel select { width: 100%; min-height: 44px; padding: 8px; border: 1px solid; border-radius: 8px; font: inherit; background: var(--vlak); color: inherit }
`);

/** @typedef {{waarde: string, dag: string, dagdeel: string}} Moment */

/**
 * @param {Chat} chat
 * @param {ShadowRoot} root
 * @param {() => void} done it was sent, or she does not want it after all
 * @returns {Promise<HTMLElement>} to lay over the panel
 * @throws {Error} when the moments could not be read
 */
export async function callbackForm(chat, root, done) {
  if (!root.adoptedStyleSheets.includes(styles)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, styles];
  const { momenten } = await ask(chat, "GET", "terugbelmomenten");
  const request = newId();
  const failure = h("p", { class: "fout", role: "alert" });
  const phone = input("telefoonnummer", "tel", "tel");
  const email = input("email", "email", "email");
  const speakIn = choices("inspreken", words.speakIn, { ja: words.yes, nee: words.no });
  const moment = h(
    "select",
    { id: "moment", name: "moment" },
    h("option", { value: "" }, words.whenever),
    ...momenten.map((/** @type {Moment} */ one) => h("option", { value: one.waarde }, `${one.dag}, ${one.dagdeel}`)),
  );
  const phoneRow = row("telefoonnummer", words.phone, phone);
  const emailRow = row("email", words.email, email);
  const show = () => {
    const way = new FormData(form).get("manier");
    for (const part of [...phoneRow, speakIn]) part.hidden = way !== "telefoon";
    for (const part of emailRow) part.hidden = way !== "e-mail";
    phone.required = way === "telefoon";
    email.required = way === "e-mail";
  };
  const form = /** @type {HTMLFormElement} */ (
    h(
      "form",
      {
        class: "terugbel",
        onchange: show,
        onsubmit: async (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          try {
            await ask(chat, "POST", "terugbelverzoeken", filledIn(new FormData(form), request));
            done();
          } catch (error) {
            setText(failure, (error instanceof Refused && error.message) || texts.failed);
          }
        },
      },
      choices("manier", words.how, words.ways, "telefoon"),
      ...phoneRow,
      ...emailRow,
      ...row("moment", words.when, moment),
      ...row("naam", words.name, input("naam", "text", "name")),
      speakIn,
      failure,
      h(
        "div",
        { class: "rij" },
        h("button", { type: "button", class: "knop", onclick: done }, texts.cancel),
        h("button", { class: "knop vol" }, texts.send),
      ),
    )
  );
  show();
  const named = { role: "dialog", "aria-modal": "true", "aria-labelledby": "vraag", "aria-describedby": "uitleg" };
  const title = [h("h3", { id: "vraag" }, texts.callback), h("div", { id: "uitleg" }, words.help)];
  return h("div", { class: "vraag" }, h("div", { class: "kaart", ...named }, ...title, form));
}

/** What the citizen may read of why it was refused. */
class Refused extends Error {}

/** @param {Chat} chat @param {string} method @param {string} path @param {object} [body] */
async function ask(chat, method, path, body) {
  const response = await chat.use((root, id, token) =>
    fetch(new URL(`gesprekken/${id}/${path}`, root), {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
  );
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(typeof answer.detail === "string" ? answer.detail : "");
  return answer;
}

/** @param {FormData} form @param {string} id the same for every attempt, so that it is asked once */
function filledIn(form, id) {
  const { manier, telefoonnummer, email, moment, naam, inspreken } = Object.fromEntries(form);
  return {
    id,
    manier,
    ...(manier === "telefoon" && { telefoonnummer }),
    ...(manier === "telefoon" && inspreken && { inspreken: inspreken === "ja" }),
    ...(manier === "e-mail" && { email }),
    ...(moment && { moment }),
    ...(naam && { naam }),
  };
}

/** @param {string} name @param {string} type @param {string} autocomplete */
function input(name, type, autocomplete) {
  return /** @type {HTMLInputElement} */ (h("input", { id: name, name, type, autocomplete, maxlength: "120" }));
}

/** @param {string} id @param {string} label @param {HTMLElement} field @returns {HTMLElement[]} */
const row = (id, label, field) => [h("label", { for: id }, label), field];

/** @param {string} name @param {string} question @param {Record<string, string>} values @param {string} [chosen] */
function choices(name, question, values, chosen) {
  const options = Object.entries(values).map(([value, word]) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen }), word),
  );
  return h("fieldset", {}, h("legend", {}, question), ...options);
}
