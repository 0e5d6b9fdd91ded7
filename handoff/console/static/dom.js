/** Small things that every module needs. */

/**
 * The element with this id, or null.
 * @param {string} id
 */
export const byId = (id) => document.getElementById(id);

/** The working area as it is now; it is changed in place when another case is opened. */
export const work = () => byId("werkvlak");

/** The id of the case that is open, or "". */
export const openCase = () => work()?.dataset.zaak ?? "";

/**
 * Say something to people who do not see the page change.
 * @param {string} text
 */
export function announce(text) {
  const place = byId("omroep");
  if (place) place.textContent = text;
}

/**
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {HTMLElement | null} the nearest element around `target` that matches
 */
export function closest(target, selector) {
  return target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;
}
