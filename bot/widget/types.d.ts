/* What travels over the citizen API. Field names are the API's own, in Dutch. Never loaded by a browser. */

export interface Knop { titel: string; waarde: string }
export interface Koppeling { titel: string; url: string }

/** A file that a message brought. */
export interface Bijlage { id: string; naam: string; soort: string; bytes: number }

export interface Bericht {
  volgnummer: number;
  /** The client id for the citizen's own messages, else the server's. */
  id: string;
  afzender: "burger" | "bot" | "medewerker" | "systeem";
  naam?: string | null;
  soort: string;
  tekst: string;
  knoppen?: Knop[];
  links?: Koppeling[];
  bijlage?: Bijlage | null;
  /** Code of another language than Dutch. */
  taal?: string | null;
  /** ISO 8601, UTC. */
  tijdstip: string;
}

export interface Gesprek {
  id: string;
  gemeente: string;
  eigenaar: "bot" | "wachtrij" | "medewerker" | "gesloten";
  medewerker?: string | null;
  /** Place in the queue; 1 is next. */
  plaats?: number | null;
  wachttijd?: string | null;
  laatste_volgnummer: number;
  zaak?: string | null;
  /** Offer to leave the page quickly: somebody at home should not see what this is about. */
  snel_verlaten?: boolean;
  /** Which files she can send now. */
  bestanden?: { soorten: string[]; max_bytes: number } | null;
  /** What to ask now that it is over. */
  oordeel?: { gegeven: boolean; medewerker: boolean } | null;
}

export interface Gemeente {
  sleutel: string;
  naam: string;
  assistent: string;
  telefoon: string;
  website: string;
  adres: string;
  privacy_url: string;
  /** Where a citizen goes who has to leave quickly. */
  verlaat_url?: string;
  openingstijden: { vandaag: string; nu_open: boolean; week: { dag: string; tijden: string }[] };
  telefoontijden: { vandaag: string };
  thema: Thema;
  bewaartermijn_dagen: number;
}

export interface Thema {
  primair?: string;
  op_primair?: string;
  accent?: string;
  lettertype?: string;
  logo_tekst?: string;
  logo?: { alt: string; tekening: Vorm } | null;
  teksten?: Teksten;
}

/** One element of a drawing in SVG. */
export interface Vorm { naam: string; kenmerken: Record<string, string>; delen: Vorm[] }

/** What the municipality says differently. */
export interface Teksten { knop?: string | null; titel?: string | null; welkom?: string | null; veld?: string | null }

export interface Ontvangen {
  id: string;
  volgnummer: number;
  tijdstip?: string;
  herhaald: boolean;
  /** The text as stored: personal numbers are masked. */
  tekst: string;
}

/** A message that the server has not confirmed yet. */
export interface Uitgaand {
  id: string;
  tekst: string;
  keuze?: string;
  /** When the citizen wrote it, in milliseconds since 1970; also the order of sending. */
  geschreven: number;
  /** Why the server will never accept it as it is; null while it may still arrive. */
  geweigerd: string | null;
  /** True after an attempt that failed and will be repeated. */
  mislukt: boolean;
}

/** What is remembered between two pages. */
export interface Onthouden {
  id: string;
  token: string;
  gesprek: Gesprek;
  berichten: Bericht[];
  /** Messages of the closed conversations that this one continues. */
  eerder: Bericht[];
  /** Sequence number -> value of the quick reply that was chosen. */
  gekozen: Record<string, string>;
}

export type Frame =
  | { soort: "aangemeld" | "status"; gesprek: Gesprek }
  | { soort: "bericht"; bericht: Bericht }
  | { soort: "berichten"; berichten: Bericht[] }
  | { soort: "typt"; wie: "bot" | "medewerker"; naam?: string | null; aan: boolean }
  | ({ soort: "ontvangen" } & Ontvangen)
  | {
      soort: "fout";
      id?: string;
      detail?: string;
      status: number;
      opnieuw_na_seconden?: number;
      vervolg?: boolean;
    }
  | { soort: "pong" };

/** stil: no conversation; verbinden: trying; open: WebSocket; peilen: HTTP; weg: no connection. */
export type LijnStand = "stil" | "verbinden" | "open" | "peilen" | "weg";

/** Why a conversation cannot go on over this line. */
export type Weigering = "onbekend" | "gewist" | "herkomst";
