/** The conversation in the middle: new messages, scrolling, typing, sending, and drafts that survive everything but a log-out. */

import { announce, byId, closest, openCase } from "./dom.js";

/** @import { Frame } from "./types" */
/** @import { Stream } from "./stream.js" */

/** Closer to the end than this, new messages are followed. */
const NEAR_END_PX = 80;
const TYPING_AGAIN_MS = 3_000;
/** Without a repeat "is typing" ends by itself. */
const TYPING_ENDS_MS = 6_000;
const COARSE_POINTER = matchMedia("(pointer: coarse)");

let lastTold = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typingEnds;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let toldEnds;

let atEnd = true;
/** A banner or a keyboard on the screen that takes room leaves the last message in sight. */
const roomChanges = new ResizeObserver(() => atEnd && toEnd());

const scroller = () => byId("verloop");
const field = () => /** @type {HTMLTextAreaElement | null} */ (document.querySelector("[data-antwoord] textarea"));
const draftKey = (caseId = openCase()) => `balie-concept-${caseId}`;

/** @returns {number} the number of the last message on the page */
export function lastSeq() {
  const last = byId("regels")?.lastElementChild;
  return last instanceof HTMLElement ? Number(last.dataset.volgnummer ?? 0) : 0;
}

const isNearEnd = () => {
  const box = scroller();
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
};

function toEnd() {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  atEnd = true;
  const button = byId("nieuw-onder");
  if (button) button.hidden = true;
}

/** @param {Frame} frame a message; one that is on the page already changes nothing */
export function addMessage(frame) {
  const list = byId("regels");
  if (!list || frame.zaak !== openCase() || !frame.html || byId(`bericht-${frame.volgnummer}`)) return;
  const follow = isNearEnd();
  list.insertAdjacentHTML("beforeend", frame.html);
  const line = byId(`bericht-${frame.volgnummer}`);
  if (line) markCorrected(line);
  const byCitizen = line?.classList.contains("regel--citizen") ?? false;
  if (byCitizen) showTyping(false);
  if (follow) toEnd();
  else if (byCitizen) {
    const button = byId("nieuw-onder");
    if (button) button.hidden = false;
  }
}

/** @param {HTMLElement} line says at the message that it corrects, if it does, what that became */
function markCorrected(line) {
  const correction = line.querySelector("[data-verbetert]");
  if (!(correction instanceof HTMLElement)) return;
  const first = byId(`bericht-${correction.dataset.verbetert}`);
  const text = line.querySelector(".regel__tekst");
  const time = line.querySelector("time");
  if (!first || !text || !time) return;
  const note = document.createElement("div");
  note.className = "regel__versie";
  const said = document.createElement("p");
  const link = document.createElement("a");
  link.href = `#${line.id}`;
  link.dataset.naarBericht = "";
  link.textContent = `Verbeterd om ${time.textContent}`;
  said.append(link, ":");
  const became = document.createElement("div");
  became.dir = "auto";
  became.append(...text.cloneNode(true).childNodes);
  note.append(said, became);
  first.append(note);
}

/** @param {Frame} frame how messages arrived */
export function showDeliveries(frame) {
  if (frame.zaak !== openCase()) return;
  for (const [seq, word] of Object.entries(frame.standen ?? {})) {
    const place = byId(`bericht-${seq}`)?.querySelector("[data-bezorging]");
    if (!(place instanceof HTMLElement) || place.textContent === word) continue;
    place.textContent = word;
    place.hidden = !word;
  }
}

/** @param {boolean} on whether the citizen types */
export function showTyping(on) {
  clearTimeout(typingEnds);
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-typt]"));
  if (place) place.hidden = !on;
  if (on) typingEnds = setTimeout(() => showTyping(false), TYPING_ENDS_MS);
}

/** @type {Frame | null} who else had this case open, the last time that it was told */
let viewers = null;

/** @param {Frame} [frame] who else has the case open; drawn again after the page was */
export function showViewers(frame) {
  viewers = frame ?? viewers;
  const place = byId("meekijkers");
  if (!place || viewers?.zaak !== openCase()) return;
  const said = [];
  const { kijken = [], typen = [] } = viewers ?? {};
  if (typen.length > 0) said.push(`${inWords(typen)} ${typen.length > 1 ? "typen" : "typt"} een antwoord.`);
  if (kijken.length > 0) said.push(`${inWords(kijken)} ${kijken.length > 1 ? "kijken" : "kijkt"} ook mee.`);
  const text = said.join(" ");
  if (place.textContent !== text) place.textContent = text;
}

/** @param {string[]} names */
const inWords = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} en ${names.at(-1)}` : names[0]);

/** After a case was opened or drawn anew: the draft back in its field, the end in sight. */
export function settle() {
  showViewers();
  const box = scroller();
  roomChanges.disconnect();
  if (box) roomChanges.observe(box);
  const typed = sessionStorage.getItem(draftKey()) ?? "";
  const area = field();
  if (area) {
    if (typed && !area.value) area.value = typed;
    grow(area);
  } else if (typed && openCase()) {
    showDraft(typed);
  }
  document.body.classList.add("met-script");
}

/** Open the conversation at its end, or at the message that the address names. */
export function showStart() {
  const wanted = location.hash.startsWith("#bericht-") ? byId(location.hash.slice(1)) : null;
  atEnd = !wanted;
  if (wanted) goTo(wanted);
  else toEnd();
}

/** @param {string} text what she had typed when the conversation left her */
function showDraft(text) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-concept]"));
  const area = place?.querySelector("textarea");
  if (!place || !area) return;
  area.value = text;
  place.hidden = false;
}

/** @param {HTMLTextAreaElement} area as tall as its text, within bounds that the style sheet sets */
function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.rows = Math.min(8, Math.max(2, area.value.split("\n").length));
}

/** @param {HTMLElement} line */
function goTo(line) {
  atEnd = false;
  const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  line.scrollIntoView({ block: "center", behavior: smooth ? "smooth" : "auto" });
  line.focus({ preventScroll: true });
  line.classList.remove("regel--aangewezen");
  void line.offsetWidth; // starts the animation again
  line.classList.add("regel--aangewezen");
}

/** @param {Stream} stream @param {boolean} on */
function tellTyping(stream, on) {
  const now = performance.now();
  if (on && now - lastTold < TYPING_AGAIN_MS) return;
  if (!on && !lastTold) return;
  lastTold = on ? now : 0;
  clearTimeout(toldEnds);
  stream.send({ soort: "typt", aan: on });
  if (on) toldEnds = setTimeout(() => tellTyping(stream, false), TYPING_ENDS_MS);
}

/** @param {string} text */
function sayState(text) {
  const place = document.querySelector("[data-verzendstand]");
  if (place) place.textContent = text;
}

/** @param {Stream} stream @param {{show: (part: string) => void, sync: () => void}} page */
export function startConversation(stream, page) {
  document.addEventListener("input", (event) => {
    const area = closest(event.target, "[data-antwoord] textarea");
    if (!(area instanceof HTMLTextAreaElement)) return;
    if (area.value) sessionStorage.setItem(draftKey(), area.value);
    else sessionStorage.removeItem(draftKey());
    grow(area);
    tellTyping(stream, area.value !== "");
  });

  document.addEventListener("keydown", (event) => {
    const area = closest(event.target, "[data-antwoord] textarea");
    if (!area || event.key !== "Enter" || event.shiftKey || event.isComposing || COARSE_POINTER.matches) return;
    event.preventDefault();
    /** @type {HTMLFormElement | null} */ (area.closest("form"))?.requestSubmit();
  });

  // What was in the field when it was sent: only that is cleared, never what was typed meanwhile.
  let sent = "";
  document.addEventListener("htmx:before:request", (event) => {
    if (!closest(event.target, "[data-antwoord]")) return;
    sent = field()?.value ?? "";
    closest(event.target, "[data-antwoord]")?.setAttribute("aria-busy", "true");
    sayState("Bezig met versturen…");
    tellTyping(stream, false);
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const context = /** @type {CustomEvent} */ (event).detail?.ctx;
    if (!closest(event.target, "[data-antwoord]") && !context?.request?.action?.endsWith("/antwoorden")) return;
    document.querySelector("[data-antwoord]")?.removeAttribute("aria-busy");
    const status = context?.response?.status;
    if (status === 200) afterSending(sent); // the message itself comes over the stream
    else if (status === undefined || status >= 500)
      sayState("Niet verstuurd. Controleer de verbinding en probeer het nog een keer. Uw tekst blijft staan.");
    settle();
    if (status !== 200) page.sync();
  });

  document.addEventListener("click", (event) => {
    const jump = closest(event.target, "[data-naar-bericht]");
    if (jump instanceof HTMLAnchorElement) {
      const line = byId(jump.hash.slice(1));
      if (!line) return;
      event.preventDefault();
      page.show("gesprek");
      goTo(line);
    } else if (closest(event.target, "#nieuw-onder")) {
      toEnd();
    } else if (closest(event.target, "[data-concept-weg]")) {
      sessionStorage.removeItem(draftKey());
      const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-concept]"));
      if (place) place.hidden = true;
    }
  });
  document.addEventListener(
    "scroll",
    (event) => {
      if (event.target !== scroller()) return;
      atEnd = isNearEnd();
      const button = byId("nieuw-onder");
      if (button && atEnd) button.hidden = true;
    },
    { passive: true, capture: true },
  );
}

/** @param {string} text what was sent */
function afterSending(text) {
  const area = field();
  if (!area) return;
  area.value = area.value.startsWith(text) ? area.value.slice(text.length).trimStart() : area.value;
  if (area.value) sessionStorage.setItem(draftKey(), area.value);
  else sessionStorage.removeItem(draftKey());
  area.removeAttribute("aria-invalid");
  byId("antwoord-fout")?.remove();
  const buttons = document.querySelector("[data-antwoord] [name=knoppen]");
  if (buttons instanceof HTMLInputElement) buttons.value = "";
  sayState("");
  announce("Verstuurd.");
  area.focus({ preventScroll: true });
  toEnd();
}

/** Forget every draft: she logged out. */
export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("balie-concept-")) sessionStorage.removeItem(key);
  }
}

/** Put a ready text into the reply, after what is there, to be edited. @param {string} text */
export function insertReply(text) {
  const box = field();
  if (!box) return;
  const before = box.value.trimEnd();
  box.value = before ? `${before}\n\n${text}` : text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  byId("voorstellen")?.removeAttribute("open");
  box.focus();
  announce("De tekst staat in uw antwoord.");
}

/** Show the ready texts that have all of these words. @param {string} typed */
export function searchReplies(typed) {
  const wanted = typed.toLowerCase().split(/\s+/);
  for (const one of document.querySelectorAll("[data-antwoord-tekst]")) {
    if (one instanceof HTMLElement) one.hidden = !wanted.every((word) => one.dataset.antwoordTekst?.includes(word));
  }
}
