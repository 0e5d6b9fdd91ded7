/** What the console's modules share. */

export interface Frame {
  soort: "aangemeld" | "wachtrij" | "kaart" | "zaak" | "bericht" | "bezorging" | "typt" | "meekijkers" | "pong";
  zaak?: string;
  volgnummer?: number;
  html?: string;
  standen?: Record<string, string>;
  aan?: boolean;
  kijken?: string[];
  typen?: string[];
}

export type Standing = "verbonden" | "verbroken" | "uitgelogd";

export interface Htmx {
  swap(context: Record<string, unknown>): Promise<void>;
  process(element: Element): void;
}

declare global {
  interface Window {
    htmx?: Htmx;
  }
}
