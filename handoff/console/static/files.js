/** Sending a file from the console: refused here when it is too large, said when it is on its way, and cleared when it is sent. */

import { announce, byId, closest } from "./dom.js";

const form = () => /** @type {HTMLFormElement | null} */ (document.querySelector("[data-bestand]"));

/** @param {string} text */
function say(text) {
  const place = document.querySelector("[data-bestandsstand]");
  if (place) place.textContent = text;
}

/** @param {EventTarget | null} target @param {any} [context] of a request */
const isAboutFile = (target, context) =>
  closest(target, "[data-bestand]") !== null || context?.request?.action?.endsWith("/bijlagen") === true;

/** @param {HTMLInputElement} input */
function check(input) {
  const largest = Number(input.form?.dataset.hoogstens ?? 0);
  const tooLarge = (input.files?.[0]?.size ?? 0) > largest;
  input.setCustomValidity(tooLarge ? "Dit bestand is te groot." : "");
  if (tooLarge) input.reportValidity();
  say("");
}

function sent() {
  form()?.reset();
  byId("bestand-sturen")?.removeAttribute("open");
  say("");
  announce("Bestand verstuurd.");
  /** @type {HTMLElement | null} */ (document.querySelector("[data-antwoord] textarea"))?.focus({ preventScroll: true });
}

/** @param {() => void} sync ask for what is new in the conversation */
export function startFiles(sync) {
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "file") check(event.target);
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!isAboutFile(event.target)) return;
    form()?.setAttribute("aria-busy", "true");
    say("Bezig met versturen en controleren…");
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const context = /** @type {CustomEvent} */ (event).detail?.ctx;
    if (!isAboutFile(event.target, context)) return;
    form()?.removeAttribute("aria-busy");
    const status = context?.response?.status;
    if (status === 200) sent();
    else if (status === 413) say("Niet verstuurd: dit bestand is te groot.");
    else if (status === undefined || status >= 500) say("Niet verstuurd. Controleer de verbinding en probeer het nog een keer.");
    else say("");
    sync();
  });
}
