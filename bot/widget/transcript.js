/** The messages of a conversation in their one order: by sequence number, without gaps. */

/** @import { Bericht } from "./types" */

export class Transcript {
  /** @param {Bericht[]} [messages] @param {Bericht[]} [earlier] messages of the conversations that this one continues */
  constructor(messages = [], earlier = []) {
    this.messages = messages;
    this.earlier = earlier;
    /** @type {Map<number, Bericht>} arrived before their turn */
    this.ahead = new Map();
  }

  /** The sequence number up to which nothing is missing. */
  get last() {
    return this.messages.at(-1)?.volgnummer ?? 0;
  }

  /** True when a later message arrived before an earlier one. */
  get gap() {
    return this.ahead.size > 0;
  }

  /**
   * Take in messages in whatever order they come.
   *
   * @param {Bericht[]} messages
   * @param {boolean} [complete] the server vouches that nothing lies between them
   * @returns {Bericht[]} the messages that took their place now, oldest first
   */
  receive(messages, complete = false) {
    for (const message of messages) {
      if (message.volgnummer > this.last) this.ahead.set(message.volgnummer, message);
    }
    const placed = [];
    for (const number of [...this.ahead.keys()].sort((a, b) => a - b)) {
      const message = /** @type {Bericht} */ (this.ahead.get(number));
      const vouched = complete && messages.includes(message);
      if (number > this.last + 1 && !vouched) break;
      this.ahead.delete(number);
      if (number > this.last) {
        this.messages.push(message);
        placed.push(message);
      }
    }
    return placed;
  }

  /** A linked conversation starts: keep showing the old messages, count from 0 again. */
  carryOn() {
    return new Transcript([], [...this.earlier, ...this.messages]);
  }
}
