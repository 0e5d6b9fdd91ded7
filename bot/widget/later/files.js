/**
 * Sending and saving files. Loaded when an employee has the conversation, or when a file stands in it: most conversations
 * never need it. Nothing of a file is kept on the device but what the citizen saves herself.
 */

/** @import { Chat } from "../chat.js" */
/** @import { Bijlage, Gesprek } from "../types" */
import { h, icon, setText } from "../dom.js";
import { newId } from "../outgoing.js";
import { texts } from "../texts.js";

/** Photos over a slow mobile network, and then they are scanned. */
const TIMEOUT_MS = 120_000;

const words = {
  choose: "Stuur een bestand",
  accepted: (/** @type {string} */ kinds, /** @type {number} */ megabytes) =>
    `U kunt ${kinds} sturen, hoogstens ${megabytes} MB.`,
  sure: (/** @type {string} */ name) => `Wilt u ${name} naar de medewerker sturen?`,
  yes: "Ja, verstuur",
  no: "Nee",
  sending: (/** @type {string} */ name) => `${name} wordt verstuurd en gecontroleerd.`,
  sent: (/** @type {string} */ name) => `${name} is verstuurd.`,
  failed: (/** @type {string} */ name, /** @type {string} */ why) => `${name} is niet verstuurd. ${why}`,
  tooLarge: (/** @type {number} */ megabytes) => `Een bestand mag hoogstens ${megabytes} MB zijn.`,
  noLine: "Controleer uw verbinding.",
};

const styles = new CSSStyleSheet();
styles.replaceSync(`
.bestanden { padding: 0 16px; font-size: 14px; line-height: 20px }
.bestanden > div { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 8px 0 }
.bestanden > div > p { flex: 1 1 140px; font-size: 13px; line-height: 17px; color: var(--zacht) }
.bestanden > p:not(:empty) { padding-top: 8px; overflow-wrap: anywhere }
.bericht > .knop { margin-top: 4px; justify-content: flex-start; text-align: start; overflow-wrap: anywhere }
.bestanden .mis { color: var(--fout); font-weight: 600 }
.bestanden svg { width: 20px; height: 20px }
`);

const kindsInWords = (/** @type {string[]} */ kinds) => {
  const names = kinds.map((kind) => ({ webp: "WebP", docx: "Word", odt: "OpenDocument", ogg: "spraakbericht" })[kind] ?? kind.toUpperCase());
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} of ${names.at(-1)}` : names[0];
};

export class Files {
  #status = h("p", { role: "status" });
  #failure = h("p", { class: "mis", role: "alert" });
  #buttons = h("div", {});
  #explained = h("p", { id: "bestand-uitleg" });
  /** @type {NonNullable<Gesprek["bestanden"]> | null} */
  #allowed = null;
  /** @type {{file: File, id: string} | null} what she chose, until it is sent */
  #chosen = null;
  #sending = new AbortController();

  /** @param {Chat} chat @param {HTMLElement} place above the field to type in @param {() => void} onFailure to save one */
  constructor(chat, place, onFailure) {
    this.chat = chat;
    this.onFailure = onFailure;
    this.input = h("input", { type: "file", hidden: true, onchange: () => this.#choose() });
    const attributes = { type: "button", class: "knop", "aria-describedby": "bestand-uitleg" };
    this.button = h("button", { ...attributes, onclick: () => this.input.click() }, icon("save"), words.choose);
    this.button.firstElementChild?.setAttribute("transform", "rotate(180)");
    this.element = h("div", { class: "bestanden" }, this.input, this.#status, this.#failure, this.#buttons);
    place.append(this.element);
    const root = /** @type {ShadowRoot} */ (place.getRootNode());
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, styles];
  }

  /** @param {Gesprek["bestanden"]} allowed what can be sent now */
  show(allowed) {
    if (JSON.stringify(allowed ?? null) === JSON.stringify(this.#allowed) && this.#buttons.hasChildNodes() === !!allowed) return;
    this.#allowed = allowed ?? null;
    this.element.hidden = !allowed;
    if (!allowed) {
      this.#sending.abort();
      this.#chosen = null;
      this.#buttons.replaceChildren();
      setText(this.#status, "");
      setText(this.#failure, "");
      return;
    }
    this.input.accept = allowed.soorten.map((kind) => `.${kind}`).concat(allowed.soorten.includes("jpg") ? ".jpeg" : []).join();
    setText(this.#explained, words.accepted(kindsInWords(allowed.soorten), allowed.max_bytes / 1e6));
    this.#offer();
  }

  /** Let her save a file that stands in the conversation. @param {Bijlage} attachment */
  async save({ id, naam }) {
    try {
      const response = await this.#call("GET", `/${id}`);
      if (!response.ok) throw new Error(String(response.status));
      const url = URL.createObjectURL(await response.blob());
      h("a", { href: url, download: naam }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch {
      this.onFailure();
    }
  }

  #offer(focus = false) {
    this.#buttons.replaceChildren(this.button, this.#explained);
    if (focus) this.button.focus();
  }

  #choose() {
    const [file] = this.input.files ?? [];
    this.input.value = "";
    if (!file || !this.#allowed) return;
    setText(this.#status, "");
    setText(this.#failure, "");
    if (file.size > this.#allowed.max_bytes) {
      setText(this.#failure, words.failed(file.name, words.tooLarge(this.#allowed.max_bytes / 1e6)));
      return;
    }
    this.#chosen = { file, id: newId() };
    this.#ask(words.sure(file.name), words.yes);
  }

  /** @param {string} question @param {string} yes */
  #ask(question, yes) {
    const no = () => {
      this.#chosen = null;
      setText(this.#status, "");
      setText(this.#failure, "");
      this.#offer(true);
    };
    const send = h("button", { type: "button", class: "knop vol", onclick: () => void this.#send() }, yes);
    this.#buttons.replaceChildren(send, h("button", { type: "button", class: "knop", onclick: no }, words.no));
    setText(this.#status, question);
    send.focus();
  }

  async #send() {
    const chosen = this.#chosen;
    if (!chosen) return;
    const { file, id } = chosen;
    this.#buttons.replaceChildren();
    setText(this.#failure, "");
    setText(this.#status, words.sending(file.name));
    const body = new FormData();
    body.append("id", id);
    body.append("bestand", file);
    this.#sending = new AbortController();
    let why = words.noLine;
    let again = true;
    try {
      const response = await this.#call("POST", "", body);
      if (response.ok) {
        this.#chosen = null;
        setText(this.#status, words.sent(file.name));
        this.#offer(true);
        return;
      }
      const problem = await response.json().catch(() => ({}));
      why = typeof problem.detail === "string" ? problem.detail : "";
      again = response.status >= 429;
    } catch {
      if (this.#chosen !== chosen) return; // the conversation went on without her file
    }
    setText(this.#failure, words.failed(file.name, why));
    if (again) this.#ask("", texts.retry);
    else {
      setText(this.#status, "");
      this.#chosen = null;
      this.#offer(true);
    }
  }

  /** @param {string} method @param {string} path @param {FormData} [body] */
  #call(method, path, body) {
    return this.chat.use((root, id, token) =>
      fetch(new URL(`gesprekken/${id}/bijlagen${path}`, root), {
        method,
        body,
        headers: { Authorization: `Bearer ${token}` },
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.any([this.#sending.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      }),
    );
  }
}
