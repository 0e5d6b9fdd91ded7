/** The live stream: one WebSocket that reconnects by itself, with growing pauses. */

/** @import { Frame, Standing } from "./types" */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
const PING_EVERY_MS = 20_000;
/** Without an answer to a ping the line is dead, whatever the browser believes. */
const PONG_WITHIN_MS = 8_000;
const SESSION_ENDED = 4401;

export class Stream {
  /** @type {WebSocket | null} */
  #socket = null;
  #pause = FIRST_PAUSE_MS;
  #stopped = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadline;

  /**
   * @param {string} address path of the stream
   * @param {{frame: (frame: Frame) => void, standing: (standing: Standing) => void}} handlers
   */
  constructor(address, handlers) {
    const url = new URL(address, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url.href;
    this.handlers = handlers;
    addEventListener("online", () => this.connect());
    document.addEventListener("visibilitychange", () => document.hidden || this.connect());
    setInterval(() => this.#ping(), PING_EVERY_MS);
    this.connect();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    if (this.#stopped || (this.#socket && this.#socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** @param {Record<string, unknown>} frame @returns {boolean} whether it could be sent */
  send(frame) {
    if (!this.isOpen) return false;
    this.#socket?.send(JSON.stringify(frame));
    return true;
  }

  /** @param {string} data */
  #receive(data) {
    /** @type {Frame} */
    const frame = JSON.parse(data);
    clearTimeout(this.#deadline);
    if (frame.soort === "aangemeld") {
      this.#pause = FIRST_PAUSE_MS;
      this.handlers.standing("verbonden");
    }
    this.handlers.frame(frame);
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#deadline);
    if (code === SESSION_ENDED) {
      this.#stopped = true;
      this.handlers.standing("uitgelogd");
      return;
    }
    this.handlers.standing("verbroken");
    // Spread, so that hundreds of consoles do not come back in the same moment after a restart.
    this.#retry = setTimeout(() => this.connect(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #ping() {
    if (!this.send({ soort: "ping" })) return;
    clearTimeout(this.#deadline);
    const socket = this.#socket;
    this.#deadline = setTimeout(() => {
      if (socket !== this.#socket || !socket) return;
      socket.onclose = null;
      socket.close();
      this.#closed(socket, 1006);
    }, PONG_WITHIN_MS);
  }
}
