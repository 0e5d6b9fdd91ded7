/**
 * What survives a reload: the conversation, unsent messages, the draft.
 *
 * sessionStorage unless the citizen chose "Bewaar op dit apparaat" (shared computers). Where storage is blocked, a Map
 * keeps the chat working until the page closes. Every unsent message has a key of its own, so that two tabs that share a
 * conversation never overwrite each other's.
 */

/** @import { Gemeente, Onthouden, Uitgaand } from "./types" */

/** @param {"sessionStorage" | "localStorage"} name @returns {Storage | null} */
function storage(name) {
  try {
    const found = window[name];
    found.setItem("balie:proef", "1");
    found.removeItem("balie:proef");
    return found;
  } catch {
    return null;
  }
}

/** The part of Storage that is used, on a Map. @implements {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key">} */
class PageStorage {
  #values = new Map();
  get length() {
    return this.#values.size;
  }
  /** @param {string} name */
  getItem(name) {
    return this.#values.get(name) ?? null;
  }
  /** @param {string} name @param {string} value */
  setItem(name, value) {
    this.#values.set(name, value);
  }
  /** @param {string} name */
  removeItem(name) {
    this.#values.delete(name);
  }
  /** @param {number} index */
  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }
}

export class Memory {
  /** @param {string} municipality */
  constructor(municipality) {
    this.prefix = `balie:${municipality}:`;
    this.device = storage("localStorage");
    this.session = storage("sessionStorage") ?? new PageStorage();
    const name = `${this.prefix}gesprek`;
    /** Kept on the device; a conversation of this tab alone goes first. */
    this.onDevice = this.session.getItem(name) === null && this.device?.getItem(name) != null;
  }

  /** False where the browser keeps nothing on the device, so the choice is not offered. */
  get canKeep() {
    return this.device !== null;
  }

  get #place() {
    return this.onDevice && this.device ? this.device : this.session;
  }

  /** @returns {Onthouden | null} */
  conversation() {
    return this.#read(this.#place, "gesprek");
  }

  /** @param {Onthouden} value */
  saveConversation(value) {
    this.#write(this.#place, "gesprek", value);
  }

  /** @returns {Uitgaand[]} in the order in which they were written */
  unsent() {
    const found = this.#keys(this.#place, "uit:").map((key) => this.#read(this.#place, key));
    return found.filter((item) => item !== null).sort((a, b) => a.geschreven - b.geschreven);
  }

  /** @param {Uitgaand} item */
  saveUnsent(item) {
    this.#write(this.#place, `uit:${item.id}`, item);
  }

  /** @param {string} id */
  forgetUnsent(id) {
    this.#place.removeItem(`${this.prefix}uit:${id}`);
  }

  /** Where the visitor was on this tab; never on the device. @param {"open" | "concept"} name @returns {any} */
  tab(name) {
    return this.#read(this.session, name);
  }

  /** @param {"open" | "concept"} name @param {unknown} value */
  saveTab(name, value) {
    if (value) this.#write(this.session, name, value);
    else this.session.removeItem(this.prefix + name);
  }

  /** The last known facts of the municipality, for when the network is away. @returns {Gemeente | null} */
  municipality() {
    return this.#read(this.session, "gemeente");
  }

  /** @param {Gemeente} value */
  saveMunicipality(value) {
    this.#write(this.session, "gemeente", value);
  }

  /** Move everything to the device, or back to this tab. @param {boolean} onDevice */
  keep(onDevice) {
    if (!this.device || onDevice === this.onDevice) return;
    const from = this.#place;
    this.onDevice = onDevice;
    const names = ["gesprek", ...this.#keys(from, "uit:")];
    for (const name of names) {
      const value = from.getItem(this.prefix + name);
      if (value !== null) this.#place.setItem(this.prefix + name, value);
      from.removeItem(this.prefix + name);
    }
  }

  /** Nothing of the conversation remains, neither here nor on the device; other tabs hear of it by the passing key. */
  erase() {
    if (this.onDevice) this.device?.setItem(`${this.prefix}gewist`, "1");
    this.device?.removeItem(`${this.prefix}gewist`);
    for (const place of [this.session, this.device]) {
      if (!place) continue;
      for (const name of ["gesprek", ...this.#keys(place, "uit:")]) place.removeItem(this.prefix + name);
    }
    this.session.removeItem(`${this.prefix}concept`);
    this.onDevice = false;
  }

  /** Not even that the chat was open, or of which municipality. */
  leave() {
    this.erase();
    for (const place of [this.session, this.device]) {
      for (const name of place ? this.#keys(place, "") : []) place?.removeItem(this.prefix + name);
    }
  }

  /** @param {Pick<Storage, "key" | "length">} place @param {string} start @returns {string[]} */
  #keys(place, start) {
    const all = Array.from({ length: place.length }, (_, index) => place.key(index) ?? "");
    return all.filter((key) => key.startsWith(this.prefix + start)).map((key) => key.slice(this.prefix.length));
  }

  /** @param {Pick<Storage, "getItem">} place @param {string} name @returns {any} */
  #read(place, name) {
    try {
      return JSON.parse(place.getItem(this.prefix + name) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {Pick<Storage, "setItem">} place @param {string} name @param {unknown} value */
  #write(place, name, value) {
    try {
      place.setItem(this.prefix + name, JSON.stringify(value));
    } catch (error) {
      // Storage is full: the chat goes on, only a reload would miss this.
      console.warn("balie-chat: could not store", name, error);
    }
  }
}
