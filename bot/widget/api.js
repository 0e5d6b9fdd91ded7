/** The HTTP half of the citizen API. The token travels in a header only; cookies never. */

/** @import { Bericht, Gemeente, Gesprek, Ontvangen } from "./types" */

const TIMEOUT_MS = 15_000;

/** The server answered with an error (problem+json, RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail what went wrong, in Dutch, for the citizen
   * @param {number | null} retryAfterSeconds
   * @param {boolean} follow the conversation is closed; another can follow on it
   */
  constructor(status, detail, retryAfterSeconds, follow) {
    super(detail);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.follow = follow;
  }
}

export class Api {
  /** @param {string} base address of the installation, ending in a slash */
  constructor(base) {
    this.root = new URL("api/v1/", base);
  }

  /** @param {string} key @returns {Promise<Gemeente>} */
  municipality(key) {
    return this.#json("GET", `gemeenten/${encodeURIComponent(key)}`);
  }

  /**
   * @param {string} gemeente
   * @param {{id: string, token: string} | null} previous the closed conversation that this one continues
   * @returns {Promise<{id: string, token: string, gesprek: Gesprek, berichten: Bericht[]}>}
   */
  open(gemeente, previous) {
    const body = previous ? { gemeente, vervolg_op: previous.id } : { gemeente };
    return this.#json("POST", "gesprekken", previous?.token, body);
  }

  /** @param {string} id @param {string} token @returns {Promise<Gesprek>} */
  conversation(id, token) {
    return this.#json("GET", `gesprekken/${id}`, token);
  }

  /** @param {string} id @param {string} token @param {number} after @returns {Promise<{berichten: Bericht[]}>} */
  messages(id, token, after) {
    return this.#json("GET", `gesprekken/${id}/berichten?na=${after}`, token);
  }

  /**
   * @param {string} id @param {string} token
   * @param {{id: string, tekst: string, keuze?: string}} message
   * @returns {Promise<Ontvangen>}
   */
  post(id, token, message) {
    return this.#json("POST", `gesprekken/${id}/berichten`, token, message);
  }

  /** @param {string} id @param {string} token */
  askPerson(id, token) {
    return this.#json("POST", `gesprekken/${id}/medewerker`, token, {});
  }

  /** @param {string} id @param {string} token @returns {Promise<{code: string, geldig_tot: string}>} */
  code(id, token) {
    return this.#json("POST", `gesprekken/${id}/spreekcode`, token);
  }

  /** @param {string} id @param {string} token @param {object} given @returns {Promise<Gesprek>} */
  rate(id, token, given) {
    return this.#json("PUT", `gesprekken/${id}/oordeel`, token, given);
  }

  /** @param {string} id @param {string} token @returns {Promise<Gesprek>} */
  close(id, token) {
    return this.#json("PATCH", `gesprekken/${id}`, token, { status: "gesloten" });
  }

  /** @param {string} id @param {string} token @returns {Promise<{gewist: true, bewaard: string}>} */
  erase(id, token) {
    return this.#json("DELETE", `gesprekken/${id}`, token);
  }

  /** @param {string} id @param {string} token @returns {Promise<Blob>} */
  async report(id, token) {
    return (await this.#request("GET", `gesprekken/${id}/verslag`, token)).blob();
  }

  /** @param {string} id @returns {string} */
  streamAddress(id) {
    const url = new URL(`gesprekken/${id}/stroom`, this.root);
    url.protocol = url.protocol.replace("http", "ws");
    return url.href;
  }

  /** @param {string} method @param {string} path @param {string} [token] @param {object} [body] */
  async #json(method, path, token, body) {
    const response = await this.#request(method, path, token, body);
    const text = await response.text();
    return text ? JSON.parse(text) : {};
  }

  /** @param {string} method @param {string} path @param {string} [token] @param {object} [body] */
  async #request(method, path, token, body) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(new URL(path, this.root), {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: token ? "no-store" : "default",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const detail = typeof problem.detail === "string" ? problem.detail : "";
    const wait = Number(response.headers.get("Retry-After")) || null;
    throw new Problem(response.status, detail, wait, problem.vervolg === true);
  }
}
