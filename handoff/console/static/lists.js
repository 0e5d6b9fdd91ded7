/**
 * The left column. It is refreshed in place. While somebody points at it or is in it with the keyboard, cards stay where they
 * are: the waiting times keep counting, cases that are gone are marked, and new ones wait behind a button.
 */

import { alarm } from "./alarm.js";
import { announce, byId, closest, openCase } from "./dom.js";

/** @import { Frame } from "./types" */

const ADDRESS = "/medewerker/wachtrij";
/** A pointer that lies still this long is not about to click. */
const QUIET_MS = 6_000;
const REFRESH_EVERY_MS = 30_000;

let lastMove = 0;
let isFetching = false;
let again = false;
/** @type {HTMLElement | null} the newest lists, not yet shown */
let waiting = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;
let knownCrises = -1;
const plainTitle = () => document.title.replace(/^\(\d+\) (Crisis: )?/, "");

/** Fetch the lists and show them as soon as nothing would move under a pointer or focus. */
export async function refreshLists() {
  if (isFetching) {
    again = true;
    return;
  }
  isFetching = true;
  try {
    do {
      again = false;
      const response = await fetch(`${ADDRESS}?zaak=${encodeURIComponent(openCase())}`, {
        headers: { "HX-Request": "true" },
      });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      waiting = page.getElementById("lijsten");
    } while (again);
    show();
  } catch {
    // offline: the stream tells, and the next refresh makes up for it
  } finally {
    isFetching = false;
  }
}

/**
 * Draw the card of a case that she holds anew, in its place; whatever lists are under way may be older than it.
 * @param {Frame} frame
 */
export function showCard(frame) {
  if (isFetching) again = true;
  const drawn = new DOMParser().parseFromString(frame.html ?? "", "text/html").querySelector(".kaart");
  if (!(drawn instanceof HTMLElement)) return;
  const coming = waiting?.querySelector(`[id="${drawn.id}"]`);
  coming?.replaceWith(drawn.cloneNode(true));
  const old = byId(drawn.id);
  if (!old || !byId("kaarten-mijn")?.contains(old) || old.dataset.stand === drawn.dataset.stand) return;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(drawn);
  window.htmx?.process(drawn);
  if (hadFocus) drawn.querySelector("a")?.focus({ preventScroll: true });
}

/** Show what came in: at once, or without moving anything. */
function show() {
  const fresh = waiting;
  if (!fresh) return;
  clearTimeout(later);
  if (isInUse() && moves(fresh)) {
    showInPlace(fresh);
    later = setTimeout(show, QUIET_MS);
  } else {
    apply();
  }
  tellCrises(fresh);
  alarm(fresh);
}

function apply() {
  const fresh = waiting;
  const lists = byId("lijsten");
  if (!fresh || !lists) return;
  waiting = null;
  const focused = document.activeElement;
  // At the top the newest is shown; further down the card that she looks at stays where it is.
  const anchor = lists.scrollTop > 0 ? anchorIn(lists) : null;
  const card = closest(focused, "[data-zaak]");
  const name = focused?.localName;
  morph(lists, fresh);
  const now = anchor ? byId(anchor.id) : null;
  if (anchor && now) lists.scrollTop += now.getBoundingClientRect().top - anchor.top;
  if (card && focused instanceof HTMLElement && document.activeElement !== focused) {
    // Moving a card takes its focus; a card drawn anew has another control. A case that is gone has none.
    const same = focused.isConnected ? focused : byId(card.id)?.querySelector(name === "button" ? "button" : "a");
    (same instanceof HTMLElement ? same : byId("hoofd"))?.focus({ preventScroll: true });
  }
}

/** The card with focus, else the first in sight, and where it is. @param {HTMLElement} lists */
function anchorIn(lists) {
  const top = lists.getBoundingClientRect().top;
  const cards = [...lists.querySelectorAll(".kaart:not(.kaart--weg)")];
  const card =
    closest(document.activeElement, ".kaart") ?? cards.find((one) => one.getBoundingClientRect().bottom > top);
  return card ? { id: card.id, top: card.getBoundingClientRect().top } : null;
}

/**
 * Make the lists as the fresh ones are, touching only what differs: cards that did not change stay the same elements in the
 * same place, so that 500 of them cost no layout and none loses its focus.
 * @param {HTMLElement} lists
 * @param {HTMLElement} fresh
 */
function morph(lists, fresh) {
  Object.assign(lists.dataset, fresh.dataset);
  /** @type {HTMLElement[]} */
  const added = [];
  syncChildren(lists, fresh, new Map(cardsIn(lists)), added);
  for (const element of added) window.htmx?.process(element);
}

/** @param {Element} root @returns {[string, Element][]} */
const cardsIn = (root) => [...root.querySelectorAll(".kaart")].map((card) => [card.id, card]);

/**
 * @param {Element} old
 * @param {Element} fresh
 * @param {Map<string, Element>} cards that are on the page, in whichever list
 * @param {HTMLElement[]} added gathers what is new
 */
function syncChildren(old, fresh, cards, added) {
  const byKey = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const plain = [...old.childNodes].filter((child) => !(child instanceof Element && child.id));
  const wanted = [...fresh.childNodes].map((child) => {
    const keyed = child instanceof Element && child.id ? (cards.get(child.id) ?? byKey.get(child.id)) : undefined;
    const same = keyed ?? (child instanceof Element && child.id ? undefined : plain.find((one) => isAlike(one, child)));
    if (same && !keyed) plain.splice(plain.indexOf(/** @type {ChildNode} */ (same)), 1);
    return same ? sync(/** @type {ChildNode} */ (same), child, cards, added) : noted(child, added);
  });
  const kept = new Set(wanted);
  for (const child of [...old.childNodes]) if (!kept.has(child)) child.remove();
  let at = old.firstChild;
  for (const child of wanted) {
    if (child === at) at = at.nextSibling;
    else old.insertBefore(child, at);
  }
}

/** @param {Node} one @param {Node} other */
const isAlike = (one, other) => one.nodeName === other.nodeName;

/** @param {ChildNode} child @param {HTMLElement[]} added */
function noted(child, added) {
  if (child instanceof HTMLElement) added.push(child);
  return child;
}

/**
 * @param {ChildNode} old @param {ChildNode} fresh @param {Map<string, Element>} cards @param {HTMLElement[]} added
 * @returns {ChildNode} what stands in its place from now on
 */
function sync(old, fresh, cards, added) {
  if (!(old instanceof HTMLElement) || !(fresh instanceof HTMLElement)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return old;
  }
  if (fresh.classList.contains("kaart")) {
    if (old.dataset.stand !== fresh.dataset.stand || old.classList.contains("kaart--weg")) return noted(fresh, added);
    const [time, now] = [old.querySelector("time"), fresh.querySelector("time")];
    if (time && now && time.textContent !== now.textContent) time.textContent = now.textContent;
    return old;
  }
  if (old instanceof HTMLInputElement || old.localName === "form") return old; // what she is typing stays
  if (old.id !== fresh.id) return noted(fresh, added);
  syncChildren(old, fresh, cards, added);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "data-htmx-powered") old.removeAttribute(name);
  return old;
}

/** @param {HTMLElement} root @returns {string[]} */
const order = (root) => [...root.querySelectorAll(".kaart")].map((card) => card.id);

/** @param {HTMLElement} fresh whether showing it would move a card that is on the page */
function moves(fresh) {
  const lists = byId("lijsten");
  return lists !== null && order(lists).join() !== order(fresh).join();
}

function isInUse() {
  const lists = byId("lijsten");
  if (!lists) return false;
  const pointed = lists.matches(":hover") && performance.now() - lastMove < QUIET_MS;
  return pointed || (lists.contains(document.activeElement) && performance.now() - lastMove < QUIET_MS);
}

/** @param {HTMLElement} fresh */
function showInPlace(fresh) {
  const lists = byId("lijsten");
  if (!lists) return;
  const newest = new Map(cardsIn(fresh));
  const now = new Set(newest.keys());
  const before = new Set(order(lists));
  for (const card of lists.querySelectorAll(".kaart")) {
    const newer = newest.get(card.id);
    const [old, next] = [card.querySelector("time"), newer?.querySelector("time")];
    if (old && next) old.textContent = next.textContent;
    if (!now.has(card.id)) markGone(card);
  }
  const added = [...now].filter((id) => !before.has(id));
  const button = byId("bijwerken");
  if (!button) return;
  const crisis = added.some((id) => newest.get(id)?.classList.contains("kaart--crisis"));
  button.hidden = false;
  button.textContent = added.length ? `${added.length} ${crisis ? "nieuw, crisis" : "nieuw"}: toon` : "Werk bij";
  button.classList.toggle("bijwerken--crisis", crisis);
}

/** @param {Element} card */
function markGone(card) {
  if (card.classList.contains("kaart--weg")) return;
  card.classList.add("kaart--weg");
  const time = card.querySelector(".kaart__tijd, .kaart__stand");
  if (time) time.textContent = "Niet meer in de rij";
  const button = card.querySelector("button");
  if (button) button.disabled = true;
}

/** @param {HTMLElement} fresh */
function tellCrises(fresh) {
  const crises = Number(fresh.dataset.crises ?? 0);
  const count = Number(fresh.dataset.wachtenden ?? 0);
  if (knownCrises >= 0 && crises > knownCrises) announce("Nieuwe crisis in de wachtrij. Deze staat bovenaan.");
  knownCrises = crises;
  titleWith(count, crises);
}

/** The tab says how many wait, so that it is seen from another tab too. @param {number} count @param {number} crises */
function titleWith(count, crises) {
  const title = plainTitle();
  document.title = crises ? `(${count}) Crisis: ${title}` : count ? `(${count}) ${title}` : title;
}

/** Say again in the title how many wait, after another case was opened. */
export function titleOfLists() {
  const lists = byId("lijsten");
  if (!lists) return;
  waiting = null;
  knownCrises = Number(lists.dataset.crises ?? 0);
  titleWith(Number(lists.dataset.wachtenden ?? 0), knownCrises);
}

export function startLists() {
  for (const kind of ["pointermove", "pointerdown", "keydown"]) {
    document.addEventListener(kind, () => (lastMove = performance.now()), { passive: true, capture: true });
  }
  document.addEventListener("pointerout", (event) => {
    if (waiting && closest(event.target, "#lijsten") && !closest(event.relatedTarget, "#lijsten")) show();
  });
  document.addEventListener("focusout", (event) => {
    if (waiting && closest(event.target, "#lijsten") && !closest(event.relatedTarget, "#lijsten")) show();
  });
  document.addEventListener("click", (event) => {
    if (!closest(event.target, "[data-js-bijwerken]")) return;
    apply();
    byId("kaarten-rij")?.querySelector("a")?.focus();
  });
  setInterval(() => document.hidden || refreshLists(), REFRESH_EVERY_MS);
  titleOfLists();
}
