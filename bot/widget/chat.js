/**
 * One citizen's chat: the conversation, her unsent messages and the line to the server. No DOM.
 *
 * Dispatches "change" after every change of state, and "news" with the messages that arrived while she was here (the ones
 * to announce), never for those that were only restored.
 */

/** @import { Api } from "./api.js" */
/** @import { Memory } from "./memory.js" */
/** @import { Bericht, Frame, Gesprek, Ontvangen, Uitgaand, Weigering } from "./types" */
import { Problem } from "./api.js";
import { delayAfter, Line } from "./line.js";
import { Outgoing } from "./outgoing.js";
import { texts } from "./texts.js";
import { Transcript } from "./transcript.js";

/** An acknowledgement may overtake a message that is on its way; only a lasting gap is fetched. */
const GAP_MS = 400;
const TYPING_EVERY_MS = 3_000;
const TYPING_LASTS_MS = 12_000;

export class Chat extends EventTarget {
  /** @type {Gesprek | null} */
  conversation = null;
  transcript = new Transcript();
  /** @type {Record<string, string>} */
  chosen = {};
  /** @type {Line | null} */
  line = null;
  /** @type {{wie: string, naam?: string | null} | null} */
  typing = null;
  /** @type {Weigering | "geen" | null} why there is no chat; "geen" when it could not be opened yet */
  trouble = null;
  /** @type {string | null} what the server keeps after erasure */
  erased = null;
  /** The conversation of before is no longer known to the server. */
  expired = false;

  #id = "";
  #token = "";
  /** @type {Promise<void> | null} */
  #opening = null;
  #openFailures = 0;
  /** @type {number | undefined} one attempt is planned at a time, however often she asks */
  #openTimer;
  #stopped = false;
  #lastTyped = 0;
  #lastSeen = 0;
  /** @type {number | undefined} */
  #gapTimer;
  /** @type {number | undefined} */
  #typingTimer;
  /** Sequence number up to which messages are only restored. */
  #restoredTo = 0;

  /** @param {Api} api @param {Memory} memory @param {string} municipality */
  constructor(api, memory, municipality) {
    super();
    this.api = api;
    this.memory = memory;
    this.municipality = municipality;
    this.outgoing = new Outgoing(memory, {
      open: () => this.connected,
      line: () => this.line,
      post: (message) => api.post(this.#id, this.#token, message),
      follow: async () => {
        await this.#open({ id: this.#id, token: this.#token });
        return this.trouble === null;
      },
      stored: (item, stored) => this.#stored(item, stored),
      changed: () => this.#changed(),
    });
  }

  /** @returns {Uitgaand[]} */
  get unsent() {
    return this.outgoing.items;
  }

  /** True when the line carries messages. */
  get connected() {
    return this.line?.state === "open" || this.line?.state === "peilen";
  }

  /** Go on with what this tab or this device remembers. @returns {boolean} whether there was something */
  resume() {
    const kept = this.memory.conversation();
    this.outgoing.restore();
    if (!kept) return false;
    this.#adopt(kept.id, kept.token, kept.gesprek);
    this.transcript = new Transcript(kept.berichten, kept.eerder);
    this.#restoredTo = this.transcript.last;
    this.chosen = kept.gekozen ?? {};
    this.#connect();
    return true;
  }

  /** Open a conversation if there is none. Safe to call again. @returns {Promise<void>} */
  start() {
    if (this.#id || this.trouble === "herkomst") return Promise.resolve();
    this.erased = null;
    this.#opening ??= this.#open(null).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Another tab changed what is kept on this device. @param {string} name of what it changed */
  follow(name) {
    if (this.#id && !this.memory.onDevice) return;
    if (name === "gewist") {
      this.#forget("");
      return;
    }
    this.memory.onDevice = true;
    const kept = this.memory.conversation();
    if (!kept) {
      this.memory.onDevice = false;
      this.#save();
    } else if (kept.id !== this.#id) {
      this.line?.stop();
      this.resume();
    }
    this.#changed();
  }

  /** @param {string} text @param {string} [choice] value of the quick reply @param {Bericht} [asked] the message it was under */
  send(text, choice, asked) {
    this.outgoing.add(text, choice, this.line?.state === "weg" || this.trouble !== null);
    if (choice && asked) this.chosen[asked.volgnummer] = choice;
    this.#save();
    this.#changed();
    void this.start().then(() => this.outgoing.flush());
  }

  /** Try now what failed before. */
  retry() {
    this.outgoing.mark(false);
    this.#changed();
    this.outgoing.hurry();
    if (this.line) this.line.nudge();
    else void this.start();
    void this.outgoing.flush();
  }

  /** Take back a message that the server refused. @param {string} id @returns {string} its text */
  withdraw(id) {
    const text = this.outgoing.drop(id);
    this.#changed();
    return text;
  }

  /** Ask for a person. Never lost: when the direct way fails it goes as a message. */
  async askPerson() {
    try {
      await this.start();
      if (!this.#id) throw new Error("no conversation yet");
      await this.api.askPerson(this.#id, this.#token);
    } catch {
      this.send(texts.askPersonMessage);
    }
  }

  /** @throws {Error} when the server could not be reached */
  async end() {
    this.#update(await this.api.close(this.#id, this.#token));
  }

  /** @param {object} given what she thinks of it */
  async rate(given) {
    await this.api.rate(this.#id, this.#token, given);
  }

  /** @template T @param {(root: URL, id: string, token: string) => T} act */
  use(act) {
    return act(this.api.root, this.#id, this.#token);
  }

  /** @returns {Promise<Blob>} */
  report() {
    return this.api.report(this.#id, this.#token);
  }

  /** @returns {Promise<{code: string, geldig_tot: string}>} what she can say at the counter or on the telephone */
  code() {
    return this.api.code(this.#id, this.#token);
  }

  /** Erase at the server first, then here. @throws {Error} when the server could not be reached */
  async erase() {
    let kept = "";
    if (this.#id) {
      try {
        kept = (await this.api.erase(this.#id, this.#token)).bewaard;
      } catch (error) {
        const gone = error instanceof Problem && [401, 404, 410].includes(error.status);
        if (!gone) throw error;
      }
    }
    this.#forget(kept ?? "");
  }

  /** Leave this conversation as it is and begin an empty one. */
  async restart() {
    const { onDevice } = this.memory;
    this.#forget("");
    this.memory.onDevice = onDevice;
    await this.start();
  }

  /** Nothing of the conversation stays on this device; the server keeps it, for who is helping her. */
  leave() {
    this.stop();
    this.#forget("");
    this.memory.leave();
  }

  /** @param {boolean} onDevice */
  keep(onDevice) {
    this.memory.keep(onDevice);
    this.#save();
    this.#changed();
  }

  /** She is typing; only a person is told. */
  typed() {
    if (this.conversation?.eigenaar !== "medewerker" || Date.now() - this.#lastTyped < TYPING_EVERY_MS) return;
    if (this.line?.send({ soort: "typt", aan: true })) this.#lastTyped = Date.now();
  }

  /** She has the newest message before her eyes. */
  seen() {
    const last = this.transcript.last;
    if (last > this.#lastSeen && this.line?.send({ soort: "gezien", volgnummer: last })) this.#lastSeen = last;
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#openTimer);
    this.line?.stop();
    this.outgoing.hurry();
  }

  /** @param {{id: string, token: string} | null} previous */
  async #open(previous) {
    try {
      const opened = await this.api.open(this.municipality, previous);
      this.trouble = null;
      this.#openFailures = 0;
      this.line?.stop();
      if (previous) {
        this.transcript = this.transcript.carryOn();
        this.expired = false;
      }
      this.chosen = {};
      this.#restoredTo = this.#lastSeen = 0;
      this.#adopt(opened.id, opened.token, opened.gesprek);
      this.#receive(opened.berichten, true);
      this.#connect();
    } catch (error) {
      const status = error instanceof Problem ? error.status : 0;
      if (previous && [401, 404, 410].includes(status)) {
        this.#id = "";
        await this.#open(null);
        return;
      }
      this.trouble = status === 403 ? "herkomst" : "geen";
      this.outgoing.mark(true);
      this.#changed();
      if (status === 403 || this.#stopped) return;
      const wait = error instanceof Problem && error.retryAfterSeconds;
      const delay = wait ? wait * 1000 : delayAfter(this.#openFailures++);
      clearTimeout(this.#openTimer);
      this.#openTimer = setTimeout(() => void (previous ? this.outgoing.flush() : this.start()), delay);
    }
  }

  /** @param {string} id @param {string} token @param {Gesprek} conversation */
  #adopt(id, token, conversation) {
    this.#id = id;
    this.#token = token;
    this.conversation = conversation;
    this.trouble = null;
  }

  #connect() {
    this.line = new Line(this.api, { id: this.#id, token: this.#token }, {
      after: () => this.transcript.last,
      onFrame: (frame) => this.#frame(frame),
      onState: () => this.#lineChanged(),
      onRefused: (why) => this.#refused(why),
    });
    this.line.nudge();
    this.#changed();
  }

  #lineChanged() {
    if (this.line?.state === "weg") {
      this.outgoing.mark(true);
      this.typing = null;
    }
    if (!this.connected) {
      this.outgoing.lineLost();
    } else void this.outgoing.flush();
    this.#changed();
  }

  /** @param {Weigering} why */
  #refused(why) {
    if (why === "gewist") {
      this.#forget("");
      return;
    }
    this.trouble = why;
    if (why === "onbekend") {
      // The conversation no longer exists: what she wrote goes to a new one.
      this.memory.erase();
      for (const item of this.unsent) this.memory.saveUnsent(item);
      this.#id = "";
      this.line = null;
      this.expired = true;
      this.transcript = this.transcript.carryOn();
      void this.start();
    }
    this.#changed();
  }

  /** @param {Frame} frame */
  #frame(frame) {
    switch (frame.soort) {
      case "aangemeld":
      case "status":
        this.#update(frame.gesprek);
        break;
      case "bericht":
        this.#receive([frame.bericht]);
        break;
      case "berichten":
        this.#receive(frame.berichten, true);
        break;
      case "ontvangen":
      case "fout":
        this.outgoing.answered(frame);
        break;
      case "typt":
        this.#otherTypes(frame.aan ? frame : null);
        break;
    }
  }

  /** @param {{wie: string, naam?: string | null} | null} who */
  #otherTypes(who) {
    this.typing = who;
    clearTimeout(this.#typingTimer);
    if (who) this.#typingTimer = setTimeout(() => this.#otherTypes(null), TYPING_LASTS_MS);
    this.#changed();
  }

  /** @param {Gesprek} conversation */
  #update(conversation) {
    const before = this.conversation;
    this.conversation = conversation;
    if (before?.eigenaar !== conversation.eigenaar) this.typing = null;
    this.#save();
    this.#changed();
    const moved = ["eigenaar", "medewerker", "plaats"].some(
      (name) => before?.[/** @type {"eigenaar"} */ (name)] !== conversation[/** @type {"eigenaar"} */ (name)],
    );
    if (moved) this.dispatchEvent(new Event("owner"));
  }

  /** @param {Bericht[]} messages @param {boolean} [complete] */
  #receive(messages, complete = false) {
    const placed = this.transcript.receive(messages, complete);
    for (const message of placed) {
      if (message.afzender === "burger") this.outgoing.drop(message.id);
      else if (message.afzender === this.typing?.wie) this.#otherTypes(null);
    }
    if (this.transcript.gap) this.#gapTimer ??= setTimeout(() => void this.#fillGap(), GAP_MS);
    if (placed.length === 0) return;
    this.#save();
    this.#changed();
    const news = placed.filter((message) => message.afzender !== "burger" && message.volgnummer > this.#restoredTo);
    if (news.length > 0) this.dispatchEvent(new CustomEvent("news", { detail: news }));
  }

  async #fillGap() {
    const id = this.#id;
    try {
      const { berichten } = await this.api.messages(id, this.#token, this.transcript.last);
      if (id === this.#id) this.#receive(berichten, true);
    } catch {
      // The line resumes after the last gapless number as soon as it connects again.
      this.line?.distrust();
    } finally {
      this.#gapTimer = undefined;
    }
  }

  /** @param {Uitgaand} item @param {Ontvangen} stored */
  #stored({ id }, { tekst, volgnummer, tijdstip }) {
    this.outgoing.drop(id);
    const now = tijdstip ?? new Date().toISOString();
    this.#receive([{ volgnummer, id, afzender: "burger", soort: "tekst", tekst, tijdstip: now }]);
    this.#changed();
  }

  /** @param {string} kept what the server keeps and why */
  #forget(kept) {
    this.line?.stop();
    this.line = null;
    this.memory.erase();
    this.#id = this.#token = "";
    this.conversation = null;
    this.transcript = new Transcript();
    this.outgoing.items = [];
    this.chosen = {};
    this.typing = null;
    this.erased = kept;
    this.#changed();
  }

  #save() {
    if (!this.#id || !this.conversation) return;
    const { messages: berichten, earlier: eerder } = this.transcript;
    const { conversation: gesprek, chosen: gekozen } = this;
    this.memory.saveConversation({ id: this.#id, token: this.#token, gesprek, berichten, eerder, gekozen });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
