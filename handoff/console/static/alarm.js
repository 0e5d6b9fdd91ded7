/**
 * Makes itself heard when a case asks for attention: a sound, a notification where she allowed that, and the title of the tab
 * (lists.js). Nothing that a citizen wrote is in a notification: others may see the screen.
 */

import { byId } from "./dom.js";

/** @type {Set<string> | null} the cases that were told of; null until the first lists */
let told = null;
/** @type {AudioContext | undefined} */
let audio;

/** @param {HTMLElement} lists as they came in */
export function alarm(lists) {
  const now = (lists.dataset.alarm ?? "").split(" ").filter(Boolean);
  const fresh = told === null ? [] : now.filter((id) => !told?.has(id));
  told = new Set(now);
  if (!fresh.length) return;
  if (lists.dataset.geluid === "ja") beep();
  if (document.hidden || !document.hasFocus()) notify(lists, fresh);
}

/** Two short tones, the second higher. Browsers allow sound once she has clicked on the page. */
function beep() {
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
    for (const [at, hertz] of [[0, 660], [0.18, 880]]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.15, audio.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.16);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.17);
    }
    document.documentElement.dataset.jsGeluid = String(Number(document.documentElement.dataset.jsGeluid ?? 0) + 1);
  } catch {
    // no sound on this machine: the tab and the list say it too
  }
}

/** @param {HTMLElement} lists @param {string[]} ids */
function notify(lists, ids) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const isCrisis = ids.some((id) => lists.querySelector(`[id="kaart-${id}"].kaart--crisis`));
  const body = ids.length === 1 ? "Er wacht een inwoner op u." : `Er wachten ${ids.length} inwoners op u.`;
  const shown = new Notification(isCrisis ? "Balie: crisis in de wachtrij" : "Balie: zaak in de wachtrij", {
    body,
    tag: "balie-wachtrij",
  });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

/** The button that asks for notifications; only where they can be allowed and are not yet. */
export function startAlarm() {
  const button = document.querySelector("[data-meldingen-aan]");
  const show = () => {
    if (button instanceof HTMLElement) {
      button.hidden = !("Notification" in window) || Notification.permission !== "default";
    }
  };
  button?.addEventListener("click", () => void Notification.requestPermission().then(show));
  show();
  const lists = byId("lijsten");
  if (lists) alarm(lists);
}
