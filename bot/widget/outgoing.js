/**
 * What the citizen wrote and the server has not confirmed yet: sent one at a time, so that the order in which she wrote
 * holds, each under one id for good, and kept over a reload.
 */

/** @import { Line } from "./line.js" */
/** @import { Memory } from "./memory.js" */
/** @import { Frame, Ontvangen, Uitgaand } from "./types" */
import { Problem } from "./api.js";
import { delayAfter } from "./line.js";
import { texts } from "./texts.js";

const ACKNOWLEDGE_MS = 10_000;
const PERMANENT = [400, 413, 415, 422];

/**
 * @typedef {object} Way how messages leave
 * @property {() => boolean} open whether messages can go now
 * @property {() => Line | null} line
 * @property {(message: {id: string, tekst: string, keuze?: string}) => Promise<Ontvangen>} post over HTTP
 * @property {() => Promise<boolean>} follow the conversation is closed: open the one that follows; whether that worked
 * @property {(item: Uitgaand, stored: Ontvangen) => void} stored the server has it
 * @property {() => void} changed
 */

/** @param {number} milliseconds @returns {Promise<void>} */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Outgoing {
  /** @type {Uitgaand[]} */
  items = [];
  #flushing = false;
  /** @type {Map<string, {resolve: (value: Ontvangen) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  /** @type {() => void} */
  #wake = () => {};

  /** @param {Memory} memory @param {Way} way */
  constructor(memory, way) {
    this.memory = memory;
    this.way = way;
  }

  restore() {
    this.items = this.memory.unsent();
  }

  /** @param {string} text @param {string | undefined} choice value of a quick reply @param {boolean} failed there is no line now */
  add(text, choice, failed) {
    // Later than the message before, since the moment is the order of sending.
    const moment = Math.max(Date.now(), (this.items.at(-1)?.geschreven ?? 0) + 1);
    /** @type {Uitgaand} */
    const item = { id: newId(), tekst: text, geschreven: moment, geweigerd: null, mislukt: failed };
    if (choice) item.keuze = choice;
    this.items.push(item);
    this.memory.saveUnsent(item);
  }

  /** No line, or the citizen tries again. @param {boolean} failed */
  mark(failed) {
    for (const item of this.items) item.mislukt = failed;
  }

  /** Do not wait any longer for the next attempt. */
  hurry() {
    this.#wake();
  }

  /** The server has it, or she takes it back. @param {string} id @returns {string} its text */
  drop(id) {
    const text = this.items.find((item) => item.id === id)?.tekst ?? "";
    this.#waiting.get(id)?.resolve(/** @type {any} */ ({ id, volgnummer: 0, herhaald: true, tekst: "" }));
    this.#waiting.delete(id);
    this.items = this.items.filter((item) => item.id !== id);
    this.memory.forgetUnsent(id);
    return text;
  }

  /** The server's word on a message. @param {Extract<Frame, {soort: "ontvangen" | "fout"}>} frame */
  answered(frame) {
    const waiting = frame.id && this.#waiting.get(frame.id);
    if (!frame.id || !waiting) return;
    this.#waiting.delete(frame.id);
    if (frame.soort === "ontvangen") waiting.resolve(frame);
    else {
      const { status, detail = "", opnieuw_na_seconden: wait = null, vervolg = false } = frame;
      waiting.reject(new Problem(status, detail, wait, vervolg));
    }
  }

  /** Nobody will answer any more what went over the line. */
  lineLost() {
    for (const { reject } of this.#waiting.values()) reject(new Error("line lost"));
    this.#waiting.clear();
  }

  async flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    let failures = 0;
    try {
      for (;;) {
        const item = this.items.find((candidate) => candidate.geweigerd === null);
        if (!item || !this.way.open()) return;
        const wait = await this.#deliver(item, failures);
        if (wait === 0) failures = 0;
        else {
          failures += 1;
          await Promise.race([pause(wait), new Promise((resolve) => (this.#wake = () => resolve(null)))]);
        }
      }
    } finally {
      this.#flushing = false;
    }
  }

  /**
   * A repeat that she did not ask for changes nothing on the screen until it succeeds.
   *
   * @param {Uitgaand} item @param {number} failures @returns {Promise<number>} milliseconds to wait before going on
   */
  async #deliver(item, failures) {
    try {
      this.way.stored(item, await this.#transmit(item));
      return 0;
    } catch (error) {
      const problem = error instanceof Problem ? error : null;
      if (problem?.follow) return (await this.way.follow()) ? 0 : delayAfter(failures);
      if (problem && PERMANENT.includes(problem.status)) {
        item.geweigerd = problem.message || texts.refused;
        this.memory.saveUnsent(item);
        this.way.changed();
        return 0;
      }
      item.mislukt = problem?.status !== 429;
      this.way.changed();
      return problem?.retryAfterSeconds ? problem.retryAfterSeconds * 1000 : delayAfter(failures);
    }
  }

  /** @param {Uitgaand} item @returns {Promise<Ontvangen>} */
  #transmit({ id, tekst, keuze }) {
    const message = keuze ? { id, tekst, keuze } : { id, tekst };
    const line = this.way.line();
    if (!line?.send({ soort: "bericht", ...message })) return this.way.post(message);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => line.distrust(), ACKNOWLEDGE_MS);
      this.#waiting.set(id, {
        resolve: (value) => (clearTimeout(timer), resolve(value)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
    });
  }
}

/** @returns {string} 32 hexadecimal characters; also on pages without TLS, where crypto.randomUUID is missing */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
