/** The wall, live: figures change in their places, nothing moves. What is new stands at the end until the page is loaded anew. */

import { announce, byId } from "./dom.js";

const ADDRESS = "/medewerker/overzicht/nu";
const EVERY_MS = 5_000;

let isFetching = false;

async function refresh() {
  if (document.hidden || isFetching) return;
  isFetching = true;
  try {
    const response = await fetch(ADDRESS, { headers: { "HX-Request": "true" }, redirect: "error" });
    const elsewhere = response.headers.get("HX-Redirect");
    if (elsewhere) location.assign(elsewhere);
    else if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
    else stale();
  } catch {
    stale();
  } finally {
    isFetching = false;
  }
}

/** @param {Document} fresh */
function show(fresh) {
  byId("moment")?.removeAttribute("data-oud");
  for (const next of fresh.querySelectorAll("[data-sleutel]")) {
    const key = next.getAttribute("data-sleutel") ?? "";
    const old = document.querySelector(`[data-sleutel="${CSS.escape(key)}"]`);
    if (!old) appendTo(next);
    else if (next instanceof HTMLTableRowElement && old instanceof HTMLTableRowElement) showRow(old, next);
    else if (old.textContent !== next.textContent) old.textContent = next.textContent;
  }
  for (const old of document.querySelectorAll("tr[data-sleutel]")) {
    const key = old.getAttribute("data-sleutel") ?? "";
    old.classList.toggle("rij--weg", !fresh.querySelector(`[data-sleutel="${CSS.escape(key)}"]`));
  }
}

/** @param {HTMLTableRowElement} old @param {HTMLTableRowElement} next */
function showRow(old, next) {
  const [before, now] = [Number(old.dataset.pressing ?? 0), Number(next.dataset.pressing ?? 0)];
  if (now > before) announce(`Nieuwe spoed of crisis bij ${next.cells[0]?.textContent ?? ""}.`);
  if (next.dataset.pressing !== undefined) old.dataset.pressing = next.dataset.pressing;
  for (const [index, cell] of [...next.cells].entries()) {
    const shown = old.cells[index];
    if (shown && shown.innerHTML !== cell.innerHTML) shown.replaceChildren(...cell.childNodes);
  }
}

/** Somebody who was not on the page stands at the end of her table. @param {Element} next */
function appendTo(next) {
  const kind = (next.getAttribute("data-sleutel") ?? "").split("-", 1)[0];
  document.querySelector(`tr[data-sleutel^="${kind}-"]`)?.parentElement?.append(document.importNode(next, true));
}

/** The figures are of the time that stands there; say so. */
function stale() {
  const moment = byId("moment");
  if (!moment || moment.hasAttribute("data-oud")) return;
  moment.setAttribute("data-oud", "");
  announce("Geen verbinding. De cijfers zijn niet van nu.");
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
