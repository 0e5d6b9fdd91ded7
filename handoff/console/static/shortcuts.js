/**
 * Keys for what an employee does all day, and a sheet that names them ("?"). They work outside fields only, and can be turned
 * off, so that somebody who speaks to her computer does not set them off by chance (WCAG 2.2, 2.1.4).
 */

import { announce, byId, closest } from "./dom.js";

const OFF = "balie-sneltoetsen-uit";

const sheet = () => /** @type {HTMLDialogElement | null} */ (byId("sneltoetsen"));
const toggle = () => /** @type {HTMLInputElement | null} */ (byId("sneltoetsen-aan"));
const areOn = () => localStorage.getItem(OFF) === null;

/** @type {(selector: string) => HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** @param {string} selector @param {string} inside that has to be focused, in a part that opens */
function openPart(selector, inside) {
  const part = find(selector);
  if (!(part instanceof HTMLDetailsElement)) return say();
  part.open = true;
  /** @type {HTMLElement | null} */ (part.querySelector(inside))?.focus();
}

function say() {
  announce("Dat kan hier nu niet.");
}

/** @param {string} selector */
function focus(selector) {
  const target = find(selector);
  if (target) target.focus();
  else say();
}

/** @param {string} selector */
function press(selector) {
  const target = find(selector);
  if (target) target.click();
  else say();
}

/** @param {number} step to the next card (1) or the one before (-1) */
function moveCard(step) {
  const links = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#lijsten .kaart__titel a"))];
  const here = links.findIndex((link) => link.closest(".kaart")?.contains(document.activeElement));
  const next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
  next?.focus();
}

/** @param {string} part @param {(part: string) => void} show */
function showPart(part, show) {
  show(part);
  focus(part === "dossier" ? "#dossier" : "#verloop");
}

/** @type {Record<string, (show: (part: string) => void) => void>} */
const KEYS = {
  "?": () => sheet()?.showModal(),
  j: (show) => (show("wachtrij"), moveCard(1)),
  k: (show) => (show("wachtrij"), moveCard(-1)),
  o: () => press("#opsteller form[action$='/overnemen'] button"),
  r: (show) => (show("gesprek"), focus("[data-antwoord] textarea")),
  g: (show) => showPart("gesprek", show),
  d: (show) => showPart("dossier", show),
  s: (show) => (show("gesprek"), openPart("#voorstellen", "input")),
  b: (show) => (show("gesprek"), openPart("#bestand-sturen", "input[type=file]")),
  n: (show) => (show("dossier"), openPart("#notitie-nieuw", "textarea")),
  p: (show) => (show("gesprek"), openPart("#actie-overdragen", "textarea, select, button")),
  a: (show) => (show("gesprek"), openPart("#actie-afsluiten", "input[type=radio]")),
  c: (show) => (show("wachtrij"), focus("#code")),
};

const FIELDS = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])";

/** @param {(part: string) => void} show a part of the page, on a narrow screen */
export function startShortcuts(show) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const field = closest(event.target, FIELDS);
    if (field) {
      if (event.key === "Escape" && closest(field, "[data-antwoord]")) byId("verloop")?.focus();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key !== "?" && !areOn()) return;
    const act = KEYS[key];
    if (!act) return;
    event.preventDefault();
    act(show);
  });
  document.addEventListener("click", (event) => {
    if (closest(event.target, "[data-sneltoetsen]")) {
      closest(event.target, "details.actie")?.removeAttribute("open");
      sheet()?.showModal();
    } else if (closest(event.target, "[data-sneltoetsen-dicht]") || event.target === sheet()) sheet()?.close();
  });
  document.addEventListener("change", (event) => {
    if (event.target !== toggle()) return;
    if (toggle()?.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  const box = toggle();
  if (box) box.checked = areOn();
}
