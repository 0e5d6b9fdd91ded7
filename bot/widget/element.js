/** The custom element: <balie-chat gemeente="voorbeeldstad"></balie-chat>. */

/** @import { Bericht, Gemeente } from "./types" */
import { Announcer } from "./announcer.js";
import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { h, icon, setText } from "./dom.js";
import { delayAfter } from "./line.js";
import { safeAddress } from "./markup.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { Speech } from "./speech.js";
import { createStyles } from "./styles.js";
import { texts } from "./texts.js";
import { themeRule } from "./theme.js";

/** Where the panel covers the page: phones, and windows that a high zoom made small. The same as in styles.js. */
const SMALL = "(max-width: 480px), (max-height: 480px)";

/** Where to go when the municipality's own choice is not known: the weather. */
const NEUTRAL = "https://www.knmi.nl/";

/** The installation's address: the folder above /widget/. */
const HOME = new URL("../", import.meta.url).href;

export class BalieChat extends HTMLElement {
  #theme = new CSSStyleSheet();
  #speech = new Speech();
  #outside = new Announcer();
  #small = matchMedia(SMALL);
  #unread = 0;
  /** @type {AbortController | null} takes all listeners along when the element leaves the page */
  #life = null;
  /** @type {Chat | undefined} */
  #chat;
  /** @type {Panel | undefined} */
  #panel;
  #leaveAddress = NEUTRAL;
  /** @type {HTMLElement | null} what had the focus when the panel opened */
  #opener = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    this.#theme.replaceSync(themeRule());
    root.adoptedStyleSheets = [createStyles(), this.#theme];
    this.launcherText = h("span", {}, texts.launcher);
    this.badge = h("span", { class: "teller-nieuw", hidden: true });
    this.launcher = h(
      "button",
      { type: "button", class: "start", "aria-haspopup": "dialog", onclick: () => this.open() },
      icon("chat"),
      this.launcherText,
      this.badge,
    );
    root.append(this.launcher, this.#outside.element);
  }

  connectedCallback() {
    const key = this.getAttribute("gemeente");
    if (!key) {
      console.error('balie-chat: the attribute "gemeente" is missing');
      return;
    }
    if (!this.hasAttribute("lang")) this.setAttribute("lang", "nl");
    this.#life = new AbortController();
    const { signal } = this.#life;
    const api = new Api(new URL(this.getAttribute("server") ?? HOME, document.baseURI).href);
    const memory = new Memory(key);
    const chat = new Chat(api, memory, key);
    const panel = new Panel(chat, this.#speech, () => this.close(), () => this.#leave());
    this.#chat = chat;
    this.#panel = panel;
    this.shadowRoot?.append(panel.element);
    chat.addEventListener("news", (event) => this.#news(/** @type {CustomEvent<Bericht[]>} */ (event).detail), { signal });
    panel.element.addEventListener("close", () => this.#closed(), { signal });
    this.#small.addEventListener("change", () => this.#resized(), { signal });
    addEventListener("online", () => chat.line?.check(), { signal });
    addEventListener("offline", () => chat.line?.check(), { signal });
    addEventListener("storage", (event) => this.#stored(event), { signal });
    document.addEventListener("visibilitychange", () => !document.hidden && chat.line?.check(), { signal });
    addEventListener("keydown", (event) => panel.exit.key(event), { signal, capture: true });
    const known = memory.municipality();
    if (known) this.#dress(known);
    else if (this.getAttribute("telefoon")) panel.setMunicipality(this.#fromAttributes(key));
    void this.#loadMunicipality(api, memory, key, 0);
    const resumed = chat.resume();
    if (memory.tab("open")) this.#show(false);
    else if (!resumed && chat.unsent.length > 0) void chat.start();
  }

  disconnectedCallback() {
    this.#life?.abort();
    this.#chat?.stop();
    this.#speech.stop();
    this.#panel?.element.remove();
    this.#chat = this.#panel = undefined;
  }

  /** Open the chat and move the focus into it. */
  open() {
    if (!this.#panel || this.#panel.element.open) return;
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    this.#opener = active && active !== this && active !== document.body ? active : null;
    this.#show(true);
  }

  /** Close the chat; the conversation goes on. */
  close() {
    this.#panel?.close();
  }

  /** Away from this page without a trace of the chat, before anything else can happen. */
  #leave() {
    document.documentElement.style.display = "none";
    this.#life?.abort();
    this.#speech.stop();
    this.#chat?.leave();
    location.replace(safeAddress(this.#leaveAddress)?.href ?? NEUTRAL);
  }

  /** @param {boolean} focus */
  #show(focus) {
    const { memory } = /** @type {Chat} */ (this.#chat);
    this.#unread = 0;
    this.badge.hidden = true;
    this.launcher.hidden = true;
    memory.saveTab("open", true);
    this.#panel?.open(this.#small.matches, focus);
    void this.#chat?.start();
  }

  #closed() {
    this.#chat?.memory.saveTab("open", false);
    this.launcher.hidden = false;
    const target = this.#opener?.isConnected ? this.#opener : this.launcher;
    target.focus();
  }

  /** The window became a phone's size, or stopped being so: cover the page, or no longer. */
  #resized() {
    const panel = this.#panel;
    if (!panel?.element.open) return;
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement ?? null);
    panel.element.removeAttribute("open");
    panel.open(this.#small.matches, false);
    focused?.focus({ preventScroll: true });
  }

  /** @param {Bericht[]} messages */
  #news(messages) {
    if (this.#panel?.element.open) {
      this.#panel.announce(messages);
      return;
    }
    this.#unread += messages.length;
    const text = texts.unread(this.#unread);
    setText(this.badge, text);
    this.badge.hidden = false;
    this.#outside.say(text);
  }

  /** @param {StorageEvent} event */
  #stored(event) {
    const chat = this.#chat;
    if (!chat || event.storageArea !== chat.memory.device || !event.key?.startsWith(chat.memory.prefix)) return;
    const name = event.key.slice(chat.memory.prefix.length);
    if (name === "gesprek" || (name === "gewist" && event.newValue)) chat.follow(name);
  }

  /** @param {Api} api @param {Memory} memory @param {string} key @param {number} failures */
  async #loadMunicipality(api, memory, key, failures) {
    try {
      const municipality = await api.municipality(key);
      memory.saveMunicipality(municipality);
      this.#dress(municipality);
    } catch {
      if (!this.#life || this.#life.signal.aborted) return;
      setTimeout(() => void this.#loadMunicipality(api, memory, key, failures + 1), delayAfter(failures));
    }
  }

  /** @param {Gemeente} municipality */
  #dress(municipality) {
    this.#theme.replaceSync(themeRule(municipality.thema));
    this.#leaveAddress = municipality.verlaat_url ?? NEUTRAL;
    setText(this.launcherText, municipality.thema?.teksten?.knop || texts.launcher);
    this.#panel?.setMunicipality(municipality);
  }

  /** So that the telephone number is there even when the server never answered. @param {string} key */
  #fromAttributes(key) {
    const name = this.getAttribute("naam") ?? key;
    return /** @type {Gemeente} */ ({ naam: name, assistent: "", telefoon: this.getAttribute("telefoon") });
  }
}
