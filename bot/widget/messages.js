/** The list of messages on the screen. Elements are kept as long as what they show stays the same. */

/** @import { Chat } from "./chat.js" */
/** @import { Speech } from "./speech.js" */
/** @import { Bericht, Uitgaand } from "./types" */
import { h, icon } from "./dom.js";
import { link, paragraphs, spoken } from "./markup.js";
import { texts } from "./texts.js";

/** @typedef {{key: string, version: string, build: () => HTMLElement}} Entry */

const clock = new Intl.DateTimeFormat("nl-NL", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("nl-NL", { weekday: "long", day: "numeric", month: "long" });

/** @param {Date} moment @param {Date} now @returns {string} "Vandaag", "Gisteren" or the date */
function dayName(moment, now) {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (moment.toDateString() === now.toDateString()) return texts.today;
  if (moment.toDateString() === yesterday.toDateString()) return texts.yesterday;
  return calendar.format(moment);
}

/** Who speaks, for the label above a message and for the screen reader. @param {Bericht} message @param {string} assistant */
export function speaker(message, assistant) {
  if (message.afzender === "burger") return texts.you;
  if (message.afzender === "bot") return [message.naam || assistant, texts.bot].filter(Boolean).join(", ");
  if (message.afzender === "medewerker") return message.naam ? `${message.naam}, ${texts.person}` : texts.person;
  return texts.system;
}

export class MessageList {
  element = h("ol", {});
  assistant = "";
  /** @type {Map<string, {version: string, element: HTMLElement}>} */
  #shown = new Map();
  /** Number of the last message that told who has the conversation now. */
  #handover = 0;

  /**
   * @param {Chat} chat
   * @param {Speech} speech
   * @param {(item: Uitgaand) => void} onChange the citizen wants to change a refused message
   * @param {() => void} onErase
   * @param {(attachment: import("./types").Bijlage) => void} onFile
   */
  constructor(chat, speech, onChange, onErase, onFile) {
    this.chat = chat;
    this.speech = speech;
    this.onChange = onChange;
    this.onErase = onErase;
    this.onFile = onFile;
  }

  /** Bring the list up to date. @returns {HTMLElement[]} elements that are new */
  sync() {
    const added = [];
    const entries = this.#entries();
    const keys = new Set(entries.map(({ key }) => key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    let next = this.element.firstElementChild;
    for (const { key, version, build } of entries) {
      const known = this.#shown.get(key);
      let element = known?.element;
      if (!known || known.version !== version) {
        element = build();
        if (known) {
          if (next === known.element) next = element;
          this.#replace(known.element, element);
        } else added.push(element);
        this.#shown.set(key, { version, element });
      }
      if (element === next) next = next?.nextElementSibling ?? null;
      else this.element.insertBefore(/** @type {HTMLElement} */ (element), next);
    }
    return added;
  }

  /** Keep the focus on the same control when its message is drawn anew. @param {HTMLElement} old @param {HTMLElement} fresh */
  #replace(old, fresh) {
    const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
    const focused = root.activeElement;
    const buttons = [...old.querySelectorAll("button, a")];
    const index = focused ? buttons.indexOf(focused) : -1;
    old.replaceWith(fresh);
    if (index < 0) return;
    const target = fresh.querySelectorAll("button, a")[index] ?? this.element.parentElement;
    /** @type {HTMLElement} */ (target).focus();
  }

  /** @returns {Entry[]} */
  #entries() {
    const { transcript, unsent, expired } = this.chat;
    this.#handover = transcript.messages.findLast(({ soort }) => soort === "overdracht")?.volgnummer ?? 0;
    /** @type {Entry[]} */
    const entries = [];
    const now = new Date();
    let day = "";
    let before = "";
    /** @param {Bericht} message @param {boolean} old */
    const add = (message, old) => {
      const moment = new Date(message.tijdstip);
      const name = dayName(moment, now);
      if (name !== day) {
        entries.push(divider(`dag:${moment.toDateString()}${old}`, name));
        before = "";
      }
      day = name;
      const who = speaker(message, this.assistant);
      entries.push(this.#message(message, old, before !== who));
      before = who;
    };
    for (const message of transcript.earlier) add(message, true);
    if (transcript.earlier.length > 0) {
      entries.push(divider("verder", expired ? texts.expired : texts.carriesOn));
      before = "";
    }
    for (const message of transcript.messages) add(message, false);
    for (const message of transcript.ahead.values()) if (message.afzender === "burger") add(message, false);
    for (const item of unsent) entries.push(this.#unsent(item));
    return entries;
  }

  /** @param {Bericht} message @param {boolean} old @param {boolean} first of a group of one sender @returns {Entry} */
  #message(message, old, first) {
    const own = message.afzender === "burger";
    const key = own ? `eigen:${message.id}` : `${old ? "eerder" : "nu"}:${message.id}:${message.volgnummer}`;
    const chosen = old ? null : this.chat.chosen[message.volgnummer];
    const reading = this.speech.reading === key;
    const over = this.#overtaken(message);
    const version = [message.volgnummer, old, first, chosen, reading, over, this.assistant].join("|");
    const build = () => {
      const who = speaker(message, this.assistant);
      const type = message.soort === "crisis" ? " crisis" : "";
      return h(
        "li",
        { class: `bericht ${message.afzender}${type}${first ? " groep" : ""}` },
        own || !first ? h("span", { class: "onzichtbaar" }, `${who}: `) : heading(message, who),
        h("div", { class: "bel", lang: message.taal, dir: "auto" }, ...content(message, !old && message.soort === "welkom" && this.#erase())),
        !old && message.bijlage && this.#file(message.bijlage),
        !own && this.#choices(message, old, chosen),
        h(
          "div",
          { class: "bij" },
          h("time", { datetime: message.tijdstip }, clock.format(new Date(message.tijdstip))),
          own && h("span", { class: "staat" }, texts.sent),
          !own && !message.taal && message.afzender !== "systeem" && this.#readAloud(message, key, reading),
        ),
      );
    };
    return { key, version, build };
  }

  /** @param {import("./types").Bijlage} attachment */
  #file(attachment) {
    const onclick = () => this.onFile(attachment);
    return h("button", { type: "button", class: "knop", onclick }, icon("save"), texts.save(attachment.naam));
  }

  /** What the first message promises, at hand. */
  #erase() {
    return h("li", {}, h("button", { type: "button", onclick: this.onErase }, icon("bin"), texts.erase));
  }

  /** Whether the conversation changed hands since, so that nobody is there to take the choice. @param {Bericht} message */
  #overtaken(message) {
    return message.volgnummer < this.#handover;
  }

  /** @param {Bericht} message @param {boolean} old @param {string | null | undefined} chosen */
  #choices(message, old, chosen) {
    if (!message.knoppen?.length) return null;
    const used = old || chosen !== undefined || this.#overtaken(message);
    const buttons = message.knoppen.map(({ titel, waarde }) => {
      const attributes = used
        ? { "aria-disabled": "true", "aria-pressed": chosen === waarde ? "true" : null }
        : { onclick: () => this.chat.send(titel, waarde, message) };
      return h("button", { type: "button", class: "knop", lang: message.taal, ...attributes }, chosen === waarde && icon("done"), titel);
    });
    return h("div", { class: "keuzes", role: "group", "aria-label": texts.choices }, ...buttons);
  }

  /** @param {Bericht} message @param {string} key @param {boolean} reading */
  #readAloud(message, key, reading) {
    const text = reading ? texts.stopReading : texts.readAloud;
    const onclick = () => this.speech.toggle(key, spoken(message.tekst));
    return h("button", { type: "button", class: "voorlezen", onclick }, icon(reading ? "stop" : "sound"), text);
  }

  /** @param {Uitgaand} item @returns {Entry} */
  #unsent(item) {
    const { geweigerd: refused, mislukt: failed } = item;
    const build = () => {
      const state = refused || failed ? texts.notSent : texts.sending;
      const retry = () => this.chat.retry();
      return h(
        "li",
        { class: `bericht burger groep ${refused || failed ? "mis" : "wacht"}` },
        h("span", { class: "onzichtbaar" }, `${texts.you}: `),
        h("div", { class: "bel" }, item.tekst),
        h(
          "div",
          { class: "bij" },
          h("span", { class: `staat${refused || failed ? " mis" : ""}` }, state),
          refused && h("span", {}, refused),
          failed && !refused && h("button", { type: "button", onclick: retry }, texts.retry),
          refused && h("button", { type: "button", onclick: () => this.onChange(item) }, texts.change),
          refused && h("button", { type: "button", onclick: () => this.chat.withdraw(item.id) }, texts.remove),
        ),
      );
    };
    return { key: `eigen:${item.id}`, version: `${refused}|${failed}`, build };
  }
}

/** @param {Bericht} message @param {HTMLLIElement | false} extra below the links @returns {Node[]} */
function content(message, extra) {
  // The citizen's own words are shown as she typed them, without markup.
  if (message.afzender === "burger") return [document.createTextNode(message.tekst)];
  const { links = [] } = message;
  const items = links.map(({ titel, url }) => {
    return h("li", {}, link(url, texts.newTab, icon(/^tel:/i.test(url) ? "phone" : "out"), h("span", {}, titel)));
  });
  if (extra) items.push(extra);
  const list = items.length > 0 && h("ul", { class: "koppelingen", "aria-label": texts.links }, ...items);
  return list ? [...paragraphs(message.tekst), list] : paragraphs(message.tekst);
}

/** @param {Bericht} message @param {string} who */
function heading(message, who) {
  const [name, ...rest] = who.split(", ");
  const drawing = { bot: icon("bot"), medewerker: icon("person"), systeem: null, burger: null }[message.afzender];
  return h("p", { class: "van" }, drawing, h("span", {}, h("b", {}, name), rest.length > 0 && `, ${rest.join(", ")}`));
}

/** @param {string} key @param {string} text @returns {Entry} */
function divider(key, text) {
  return { key, version: text, build: () => h("li", { class: "scheiding" }, text) };
}
