/** The little markup that answers carry: paragraphs, "- " lists and **bold**. Everything else is plain text. */

import { h } from "./dom.js";

const SAFE_PROTOCOLS = ["https:", "http:", "tel:", "mailto:"];

/** @param {string} text @returns {(Node | string)[]} */
function inline(text) {
  // Odd pieces stood between two pairs of asterisks; an asterisk without its pair stays as typed.
  const pieces = text.split(/\*\*(?=\S)(.+?)(?<=\S)\*\*/);
  return pieces.map((piece, index) => (index % 2 ? h("strong", {}, piece) : piece));
}

/** @param {string} text @returns {HTMLElement[]} */
export function paragraphs(text) {
  /** @type {HTMLElement[]} */
  const blocks = [];
  /** @type {HTMLElement | null} the paragraph or list that the next line may join */
  let open = null;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*- (.*)/.exec(line);
    if (!line.trim()) open = null;
    else if (item) {
      if (open?.localName !== "ul") blocks.push((open = h("ul", { role: "list" })));
      open.append(h("li", {}, ...inline(item[1])));
    } else if (open?.localName === "p") open.append(h("br"), ...inline(line));
    else blocks.push((open = h("p", {}, ...inline(line))));
  }
  return blocks;
}

/** @param {string} text @returns {string} for the ear: without signs */
export function spoken(text) {
  return text.replace(/\*\*/g, "").replace(/^\s*- /gm, "");
}

/** @param {unknown} address @returns {URL | null} null for anything that could do more than open a page, a call or a mail */
export function safeAddress(address) {
  try {
    const url = new URL(String(address));
    return SAFE_PROTOCOLS.includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * @param {string | undefined} address
 * @param {string} newTab said after links that open a new tab
 * @param {...(Node | string)} children
 * @returns {HTMLElement} a link, or plain text where the address is not safe
 */
export function link(address, newTab, ...children) {
  const url = safeAddress(address);
  if (!url) return h("span", {}, ...children);
  const page = url.protocol.startsWith("http");
  const attributes = { href: url.href, rel: "noopener noreferrer", target: page ? "_blank" : null };
  return h("a", attributes, ...children, page && h("span", { class: "onzichtbaar" }, ` ${newTab}`));
}

/** @param {string} phone as people write it, "14 099" @returns {string} */
export function telAddress(phone) {
  return `tel:${phone.replace(/[^\d+*#]/g, "")}`;
}
