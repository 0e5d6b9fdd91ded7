/** A municipality's design tokens as custom properties, corrected where they would be unreadable. */

/** @import { Thema } from "./types" */

/** WCAG 2.2, 1.4.3 and 1.4.11. */
const TEXT_CONTRAST = 4.5;
const INK = "#17242d";
const DEFAULTS = { primair: "#1d5a7a", accent: "#e8b23a" };

/** @typedef {[number, number, number]} Rgb */

/** @param {string | undefined} colour "#rgb" or "#rrggbb" @returns {Rgb | null} */
function parse(colour) {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(colour?.trim() ?? "")?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return /** @type {Rgb} */ ([0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)));
}

/** @param {Rgb} colour */
const hexOf = (colour) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

/** Relative luminance, WCAG 2.2. @param {Rgb} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Rgb} one @param {Rgb} other @returns {number} from 1 to 21 */
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Rgb} colour @param {Rgb} other @param {number} share of the other, 0 to 1 @returns {Rgb} */
function mix(colour, other, share) {
  return /** @type {Rgb} */ (colour.map((part, index) => part + (other[index] - part) * share));
}

/** @type {Rgb} */
const WHITE = [255, 255, 255];
/** @type {Rgb} */
const BLACK = [0, 0, 0];

/** Darken a colour until it is readable on a background. @param {Rgb} colour @param {Rgb} background @returns {Rgb} */
function readableOn(colour, background) {
  let result = colour;
  for (let share = 0.05; contrast(result, background) < TEXT_CONTRAST && share <= 1; share += 0.05) {
    result = mix(colour, BLACK, share);
  }
  return result;
}

/** @param {Thema} [theme] @returns {Record<string, string>} custom properties and their values */
export function tokens(theme = {}) {
  let primary = parse(theme.primair) ?? /** @type {Rgb} */ (parse(DEFAULTS.primair));
  const accent = parse(theme.accent) ?? /** @type {Rgb} */ (parse(DEFAULTS.accent));
  const candidates = [parse(theme.op_primair), WHITE, parse(INK)].filter((colour) => colour !== null);
  let onPrimary = candidates.find((colour) => contrast(colour, primary) >= TEXT_CONTRAST);
  if (!onPrimary) {
    // A middle tone on which neither white nor ink is readable.
    primary = readableOn(primary, WHITE);
    onPrimary = WHITE;
  }
  const tint = mix(primary, WHITE, 0.92);
  const tintEdge = mix(primary, WHITE, 0.78);
  const font = /^[\w\s,"'-]+$/.test(theme.lettertype ?? "") ? `${theme.lettertype}, ` : "";
  return {
    "--balie-primair": hexOf(primary),
    "--balie-primair-donker": hexOf(mix(primary, BLACK, 0.18)),
    "--balie-op-primair": hexOf(onPrimary),
    "--balie-tekst-primair": hexOf(readableOn(primary, tintEdge)),
    "--balie-tint": hexOf(tint),
    "--balie-tint-rand": hexOf(tintEdge),
    "--balie-accent": hexOf(accent),
    "--balie-lettertype": `${font}system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif`,
  };
}

/** @param {Thema} [theme] @returns {string} a rule for a constructed style sheet */
export function themeRule(theme) {
  const declarations = Object.entries(tokens(theme)).map(([name, value]) => `${name}:${value}`);
  return `:host{${declarations.join(";")}}`;
}
