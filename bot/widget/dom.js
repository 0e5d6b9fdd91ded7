/** Building DOM without innerHTML, so that no text of a message can ever become markup. */

/** @import { Vorm } from "./types" */
/** @typedef {Node | string | null | undefined | false | 0} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes] functions become listeners ("onclick"), booleans properties, the rest attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Line drawings on a grid of 24 by 24. */
const PATHS = {
  chat: "M4 5.5h16v11H11l-4.5 3.5v-3.5H4zM8 9.5h8M8 12.5h5",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  person: "M12 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM4.5 20c.6-3.8 3.6-6 7.5-6s6.9 2.2 7.5 6",
  bot: "M6 8.5h12v9.5H6zM12 8.5V5M12 4.5h.01M9.5 12.5v1.5M14.5 12.5v1.5M3.5 12v3M20.5 12v3",
  queue: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
  done: "M5 12.5l4.5 4.5L19 7.5",
  phone: "M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5v3c0 1-.8 1.8-1.8 1.7C11 18.5 5.5 13 4.8 5.8 4.7 4.8 5.5 4 6.5 4z",
  pin: "M12 21c4-4.5 6.5-7.7 6.5-10.8a6.5 6.5 0 0 0-13 0C5.5 13.3 8 16.5 12 21zM12 12.5a2.250 2.250 0 1 0 0-4.5 2.250 2.250 0 0 0 0 4.5z",
  send: "M4.5 12L20 4.5 15.5 20l-3.7-6.3zM11.8 13.7L20 4.5",
  sound: "M4 9.5h3.5L12 6v12l-4.5-3.5H4zM15.5 9.5a3.5 3.5 0 0 1 0 5M18 7a7 7 0 0 1 0 10",
  stop: "M7 7h10v10H7z",
  down: "M12 5v13M6.5 12.5L12 18l5.5-5.5",
  save: "M12 4v10.5M7.5 10.5L12 15l4.5-4.5M5 19.5h14",
  bin: "M5 7h14M9.5 7V4.5h5V7M7 7l1 12.5h8L17 7",
  shield: "M12 3.5l7 2.5v5.5c0 4.2-2.8 7.3-7 9-4.2-1.7-7-4.8-7-9V6z",
  fresh: "M12 5v14M5 12h14",
  out: "M14 5h5v5M19 5l-8.5 8.5M11 5.5H5.5v13h13V13",
  alert: "M12 8v5M12 16.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
};

/** Draw without loading an image, so that a site needs no `img-src`. @param {Vorm} shape @returns {SVGElement} */
export function draw({ naam, kenmerken, delen }) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, naam));
  for (const [name, value] of Object.entries(kenmerken)) element.setAttribute(name, value);
  element.append(...delen.map(draw));
  return element;
}

/** @param {keyof typeof PATHS} name @returns {SVGElement} hidden from screen readers; a text beside it tells the same */
export function icon(name) {
  const path = { naam: "path", kenmerken: { d: PATHS[name] }, delen: [] };
  return draw({ naam: "svg", kenmerken: { viewBox: "0 0 24 24", "aria-hidden": "true" }, delen: [path] });
}

/** Change a text only when it differs, so that nothing is redrawn or announced for nothing. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
