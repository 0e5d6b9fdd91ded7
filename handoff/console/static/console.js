/** Brings the page to life. Without it everything works by loading pages; with it nothing has to be loaded anew. */

import { addMessage, insertReply, lastSeq, searchReplies, settle, showDeliveries, showStart, showTyping, showViewers, startConversation } from "./conversation.js";
import { startAlarm } from "./alarm.js";
import { announce, byId, closest, openCase, work } from "./dom.js";
import { startFiles } from "./files.js";
import { refreshLists, showCard, startLists, titleOfLists } from "./lists.js";
import { startShortcuts } from "./shortcuts.js";
import { Stream } from "./stream.js";

/** @import { Frame, Standing } from "./types" */

const STANDINGS = {
  verbonden: "Verbonden",
  verbroken: "Geen verbinding. Wij proberen het opnieuw. Uw tekst blijft staan.",
  uitgelogd: "U bent uitgelogd. Log opnieuw in. Uw tekst blijft staan.",
};
/** A hiccup that is over this soon is not worth alarming anybody. */
const HICCUP_MS = 1_500;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let alarm;
let followed = "";

/** @param {Frame} frame */
function handle(frame) {
  if (frame.soort === "aangemeld") follow(true);
  else if (frame.soort === "wachtrij") refreshLists();
  else if (frame.soort === "kaart") showCard(frame);
  else if (frame.soort === "zaak" && frame.zaak === openCase()) redraw();
  else if (frame.soort === "bericht") addMessage(frame);
  else if (frame.soort === "bezorging") showDeliveries(frame);
  else if (frame.soort === "meekijkers") showViewers(frame);
  else if (frame.soort === "typt") showTyping(frame.aan === true);
}

/** Ask for everything of the open case since the last message here. @param {boolean} [again] also when nothing else was opened */
function follow(again = false) {
  const caseId = work()?.dataset.open === "ja" ? openCase() : "";
  if (!again && caseId === followed) return;
  if (stream.send({ soort: "volg", zaak: caseId, na: lastSeq(), stand: work()?.dataset.stand ?? "" })) followed = caseId;
  if (again) refreshLists();
}

/** Requests under way with which she herself changes the page; what they bring is newer than any redraw. */
let ownRequests = 0;
/** The case to draw anew once those are done. */
let wanted = "";
let drawing = 0;
let isDrawing = false;

/** Draw the open case as it is now: it changed hands. What is typed stays, and her own actions go first. */
async function redraw() {
  if (ownRequests > 0) {
    wanted = openCase();
    return;
  }
  const caseId = openCase();
  const mine = ++drawing;
  let response, text;
  isDrawing = true;
  try {
    response = await fetch(`${location.pathname}?deel=${work()?.dataset.deel ?? ""}`, {
      headers: { "HX-Request": "true" },
    });
    text = keepNotices(await response.text());
  } catch {
    return; // offline: the stream tells, and asks again when it is back
  } finally {
    if (mine === drawing) isDrawing = false;
  }
  const elsewhere = response.headers.get("HX-Redirect");
  if (mine !== drawing || ownRequests > 0 || caseId !== openCase()) return;
  if (elsewhere) location.assign(elsewhere);
  if (!response.ok) return;
  const couldWriteBefore = canWrite();
  const area = work();
  await window.htmx?.swap({ text, sourceElement: area, target: area, select: "#werkvlak", swap: "outerMorph" });
  if (couldWriteBefore && !canWrite()) announce("U voert dit gesprek niet meer.");
}

/** @param {Event} event whether it is about a request of hers that draws the whole page */
const drawsPage = (event) => {
  const context = /** @type {CustomEvent} */ (event).detail?.ctx;
  return context?.target === work() || context?.target?.id === "werkvlak";
};
document.addEventListener("htmx:before:request", (event) => {
  if (!drawsPage(event)) return;
  ownRequests += 1;
  if (isDrawing) wanted = openCase();
  isDrawing = false;
  drawing += 1; // a redraw that is under way comes too late
});
document.addEventListener("htmx:finally:request", (event) => {
  if (!drawsPage(event)) return;
  ownRequests = Math.max(0, ownRequests - 1);
  if (ownRequests > 0) return;
  if (wanted && wanted === openCase()) redraw();
  wanted = "";
});

/** The page as drawn anew, with what this one says on top: she may not have read it yet. @param {string} text */
function keepNotices(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const now = byId("meldingen");
  if (now) page.getElementById("meldingen")?.replaceWith(now.cloneNode(true));
  return page.documentElement.outerHTML;
}

/** @param {Standing} standing */
function showStanding(standing) {
  clearTimeout(alarm);
  if (standing === "verbroken" && byId("verbinding")?.dataset.stand === "verbonden") {
    alarm = setTimeout(() => tell(standing), HICCUP_MS);
  } else tell(standing);
}

/** @param {Standing} standing */
function tell(standing) {
  const place = byId("verbinding");
  const words = place?.querySelector("[data-woorden]");
  if (!place || !words) return;
  place.dataset.stand = standing;
  words.textContent = STANDINGS[standing];
  if (standing === "uitgelogd") {
    const link = document.createElement("a");
    link.href = `/medewerker/inloggen?terug=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Inloggen";
    words.append(" ", link);
  }
}

/** Which part a narrow screen shows. @param {string} part */
function show(part) {
  const place = work();
  if (!place || place.dataset.deel === part) return;
  place.dataset.deel = part;
  for (const link of document.querySelectorAll("[data-naar-deel]")) {
    if (link.getAttribute("data-naar-deel") === part) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (part === "gesprek") showStart();
}

function closePanels(/** @type {Element | null} */ except = null) {
  for (const panel of document.querySelectorAll("details.actie[open]")) {
    if (panel !== except) panel.removeAttribute("open");
  }
}

const stream = new Stream("/medewerker/stroom", { frame: handle, standing: showStanding });

startLists();
startAlarm();
startConversation(stream, { show, sync: () => follow(true) });
startFiles(() => follow(true));
startShortcuts(show);
settle();
showStart();
dress();

/** Controls that only work with this script. */
function dress() {
  for (const button of document.querySelectorAll("[data-sluit-melding], [data-js-knop]")) button.removeAttribute("hidden");
}

let shown = openCase();
const canWrite = () => byId("opsteller")?.dataset.schrijven === "ja";
let couldWrite = canWrite();
document.addEventListener("htmx:after:swap", () => {
  settle();
  dress();
  titleOfLists();
  follow();
  if (openCase() !== shown) {
    shown = openCase();
    showStart();
    closePanels();
    focusWork();
  } else if (canWrite() && !couldWrite) focusWork();
  couldWrite = canWrite();
  focusRevealed();
});

/** To where she goes on: the field to answer in, or the conversation. */
function focusWork() {
  const area = /** @type {HTMLElement | null} */ (document.querySelector("[data-antwoord] textarea"));
  const coarse = matchMedia("(pointer: coarse)").matches;
  (area && !coarse ? area : byId("hoofd"))?.focus({ preventScroll: true });
}

/** A value that has just been shown takes the focus of the button that showed it. */
function focusRevealed() {
  for (const value of document.querySelectorAll("[data-getoond]:not([data-js-gezien])")) {
    value.setAttribute("data-js-gezien", "");
    if (value instanceof HTMLElement) value.focus();
  }
}

/** The page stays as it is: say what did not happen. The reply form says it beside its own field. @param {Event} event */
function sayFailed(event) {
  const context = /** @type {CustomEvent} */ (event).detail?.ctx;
  const own = "[data-antwoord], [data-bestand]";
  if (closest(event.target, own) || closest(context?.sourceElement ?? null, own)) return;
  const place = byId("meldingen");
  if (!place) return;
  const text = document.createElement("p");
  text.textContent = "Dat lukte niet. Controleer de verbinding en probeer het nog een keer.";
  const message = document.createElement("div");
  message.className = "melding melding--fout";
  message.role = "alert";
  message.append(text);
  place.replaceChildren(message);
}
document.addEventListener("htmx:error", sayFailed);
document.addEventListener("htmx:response:error", (event) => {
  const context = /** @type {CustomEvent} */ (event).detail?.ctx;
  if (context?.hx?.reswap === "none" || context?.response?.status >= 500) sayFailed(event);
});

document.addEventListener("click", (event) => {
  const reply = closest(event.target, "[data-invoegen]");
  if (reply) insertReply(reply.dataset.invoegen ?? "");
  const tab = closest(event.target, "[data-naar-deel]");
  if (tab) {
    event.preventDefault();
    show(tab.dataset.naarDeel ?? "gesprek");
  }
  const dismissed = closest(event.target, "[data-sluit-melding]");
  if (dismissed) {
    dismissed.closest(".melding")?.remove();
    byId("hoofd")?.focus({ preventScroll: true });
  }
  closePanels(closest(event.target, "details.actie"));
});
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && "zoekAntwoord" in event.target.dataset) searchReplies(event.target.value);
});
document.addEventListener("keydown", (event) => {
  const panel = closest(event.target, "details.actie[open]");
  if (event.key !== "Escape" || !panel) return;
  panel.removeAttribute("open");
  panel.querySelector("summary")?.focus();
});
