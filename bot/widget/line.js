/**
 * The line to the server: a WebSocket, or polling over HTTP where a WebSocket is not possible.
 *
 * It resumes by sequence number, waits longer after each failure (with jitter, so that a restarted server is not met by
 * everyone at once) and says in `onState` how it stands.
 */

/** @import { Api } from "./api.js" */
/** @import { Frame, LijnStand, Weigering } from "./types" */
import { Problem } from "./api.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const LOGIN_MS = 8_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
const POLL_MS = 2_000;
const POLL_HIDDEN_MS = 10_000;
/** Proxies that block WebSockets do so at once and always; a second try tells them from an unlucky moment. */
const SOCKET_FAILURES_BEFORE_POLLING = 2;
const TRY_SOCKET_AGAIN_MS = 60_000;

/** @type {Record<number, Weigering>} */
const REFUSED_CLOSE = { 4401: "onbekend", 4403: "herkomst", 4404: "onbekend", 4410: "gewist" };
/** @type {Record<number, Weigering>} */
const REFUSED_STATUS = { 401: "onbekend", 404: "onbekend", 410: "gewist", 403: "herkomst" };

/** @param {number} failures in a row @returns {number} milliseconds to wait, half of it by chance */
export function delayAfter(failures) {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return longest * (0.5 + Math.random() / 2);
}

export class Line {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {LijnStand} */
  state = "stil";
  #failures = 0;
  #socketFailures = 0;
  #trySocketFrom = 0;
  #stopped = false;
  #polling = false;
  /** @type {number | undefined} */
  #timer;
  /** @type {number | undefined} */
  #watch;

  /**
   * @param {Api} api
   * @param {{id: string, token: string}} conversation
   * @param {object} handlers
   * @param {() => number} handlers.after the last sequence number that is here
   * @param {(frame: Frame) => void} handlers.onFrame
   * @param {(state: LijnStand) => void} handlers.onState
   * @param {(why: Weigering) => void} handlers.onRefused
   */
  constructor(api, conversation, handlers) {
    this.api = api;
    this.conversation = conversation;
    this.handlers = handlers;
  }

  /** Connect now, also when a longer wait was planned. */
  nudge() {
    if (this.#stopped || this.#socket || this.#polling) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** After sleep or a change of network a socket may be dead without saying so. */
  check() {
    if (this.state === "open") this.#ping();
    else this.nudge();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#drop();
    this.#set("stil");
  }

  /** The answer to something sent did not come: distrust the socket. */
  distrust() {
    if (this.#socket) this.#closed(this.#socket, 1006);
  }

  /** @param {object} frame @returns {boolean} false when there is no socket to carry it */
  send(frame) {
    if (this.state !== "open" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    const possible = typeof WebSocket === "function" && Date.now() >= this.#trySocketFrom;
    if (possible) this.#openSocket();
    else this.#poll();
  }

  #openSocket() {
    if (this.state === "stil") this.#set("verbinden");
    const { id, token } = this.conversation;
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new WebSocket(this.api.streamAddress(id));
    } catch {
      this.#socketFailed();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ soort: "aanmelden", token, na: this.handlers.after() }));
    socket.onmessage = (event) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
    this.#watch = setTimeout(() => this.#closed(socket, 1006), LOGIN_MS);
  }

  /** @param {WebSocket} socket @param {string} data */
  #received(socket, data) {
    if (socket !== this.#socket) return;
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#ping(), PING_MS);
    if (frame.soort === "aangemeld") {
      this.#failures = this.#socketFailures = 0;
      this.#set("open");
    }
    this.handlers.onFrame(frame);
  }

  #ping() {
    const socket = this.#socket;
    if (!socket || !this.send({ soort: "ping" })) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#closed(socket, 1006), PONG_MS);
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#drop();
    const refused = REFUSED_CLOSE[code];
    if (refused) this.#refuse(refused);
    else if (this.state === "open") this.#later("verbinden");
    else this.#socketFailed();
  }

  #socketFailed() {
    this.#socketFailures += 1;
    if (this.#socketFailures < SOCKET_FAILURES_BEFORE_POLLING) this.#later("verbinden");
    else this.#poll();
  }

  async #poll() {
    const { id, token } = this.conversation;
    this.#polling = true;
    try {
      const [{ berichten }, gesprek] = await Promise.all([
        this.api.messages(id, token, this.handlers.after()),
        this.api.conversation(id, token),
      ]);
      if (this.#stopped) return;
      this.#failures = 0;
      if (this.#trySocketFrom <= Date.now()) this.#trySocketFrom = Date.now() + TRY_SOCKET_AGAIN_MS;
      this.handlers.onFrame({ soort: "berichten", berichten });
      this.handlers.onFrame({ soort: "status", gesprek });
      this.#set("peilen");
      this.#plan(document.hidden ? POLL_HIDDEN_MS : POLL_MS);
    } catch (error) {
      if (this.#stopped) return;
      const refused = error instanceof Problem && REFUSED_STATUS[error.status];
      if (refused) {
        this.#refuse(refused);
        return;
      }
      this.#trySocketFrom = 0;
      const wait = error instanceof Problem && error.retryAfterSeconds;
      this.#later("weg", wait ? wait * 1000 : undefined);
    } finally {
      this.#polling = false;
    }
  }

  /** @param {LijnStand} state @param {number} [wait] milliseconds */
  #later(state, wait) {
    this.#set(state);
    this.#plan(wait ?? delayAfter(this.#failures));
    this.#failures += 1;
  }

  /** @param {number} wait milliseconds */
  #plan(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  /** @param {Weigering} why */
  #refuse(why) {
    this.stop();
    this.handlers.onRefused(why);
  }

  #drop() {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Every new failure is told, also when it is the same as the last. @param {LijnStand} state */
  #set(state) {
    if (state === this.state && state !== "weg") return;
    this.state = state;
    this.handlers.onState(state);
  }
}
