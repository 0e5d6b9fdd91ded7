/**
 * The looks, as one constructed style sheet: a <style> element or a style attribute would be blocked by a strict
 * Content-Security-Policy. Sizes in px, because rem follows the page around it and many sites set that to 10px.
 */

const css = String.raw`
:host {
  all: initial;
  --inkt: #17242d; --zacht: #4f5f6b; --lijn: #d6dde3; --rand: #75838f; --vlak: #fff; --grond: #f5f7f9;
  --fout: #a8200d; --goed: #17663a;
  --hoek: 18px;
  font-family: var(--balie-lettertype); font-size: 16px; line-height: 1.5; color: var(--inkt);
  text-align: start; -webkit-text-size-adjust: 100%;
}
:host([hidden]) { display: none }
*, *::before, *::after { box-sizing: border-box }
[hidden] { display: none !important }
p, ul, ol, h2, h3, dl, dd { margin: 0; padding: 0 }
ol, ul { list-style: none }
h2, h3 { font-size: inherit }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit }
button { cursor: pointer; background: none; border: 0; margin: 0; padding: 0 }
svg {
  width: 24px; height: 24px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round;
}
.onzichtbaar {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
:focus-visible { outline: 3px solid var(--inkt); outline-offset: 2px; box-shadow: 0 0 0 2px #fff }

/* launcher */
.start {
  position: fixed; z-index: 2147483000; right: 24px; bottom: 24px; display: flex; align-items: center; gap: 10px;
  min-height: 56px; padding: 12px 24px 12px 18px; border-radius: 28px; font-weight: 600; border: 2px solid #fff;
  background: var(--balie-primair); color: var(--balie-op-primair);
  box-shadow: 0 1px 2px #0b1a2433, 0 8px 24px #0b1a2433; transition: background-color .15s, box-shadow .15s;
}
.start:hover { background: var(--balie-primair-donker); box-shadow: 0 1px 2px #0b1a2433, 0 12px 32px #0b1a2447 }
.start svg { width: 28px; height: 28px }
.teller-nieuw {
  padding: 1px 10px; border-radius: 12px; background: #fff; color: var(--inkt); font-size: 14px; line-height: 22px;
}

/* panel */
.paneel {
  position: fixed; z-index: 2147483001; inset: auto 24px 24px auto; margin: 0; padding: 0; border: 0;
  width: 420px; max-width: calc(100vw - 48px); height: min(720px, calc(100vh - 48px)); max-height: none;
  color: inherit; background: var(--vlak); border-radius: 20px; overflow: hidden;
  box-shadow: 0 0 0 1px #0b1a2414, 0 4px 12px #0b1a241f, 0 24px 64px #0b1a2438;
}
.paneel[open] { display: flex; flex-direction: column; animation: op .2s ease-out }
.paneel::backdrop { background: none }
@keyframes op { from { opacity: 0; transform: translateY(12px) } }
.binnen { display: flex; flex-direction: column; flex: 1; min-height: 0; position: relative }

.kop {
  display: flex; align-items: center; gap: 12px; padding: 12px 10px 12px 16px;
  background: var(--balie-primair); color: var(--balie-op-primair);
}
.logo {
  display: grid; place-items: center; flex: none; min-width: 44px; height: 44px; padding: 0 8px; border-radius: 14px;
  background: #fff; color: var(--balie-tekst-primair); font-weight: 800; letter-spacing: -.02em;
  border-bottom: 4px solid var(--balie-accent); line-height: 1;
}
.beeld { padding: 4px 8px }
.beeld svg { width: auto; height: 32px; max-width: 120px; fill: #000; stroke: none; stroke-width: 1 }
.naam { flex: 1; min-width: 0; outline-offset: 4px }
.naam h2 { font-size: 18px; line-height: 24px; font-weight: 700; overflow-wrap: anywhere }
.naam p { font-size: 14px; line-height: 20px }
.kop > button {
  display: grid; place-items: center; width: 44px; height: 44px; border-radius: 12px; flex: none;
}
.kop > button:hover, .kop > button[aria-expanded=true] { background: #ffffff2e }
.kop > :focus-visible { outline-color: currentColor; box-shadow: none; outline-offset: -3px }
.kop .meer svg { stroke-width: 3.4 }
.menu + button { margin-left: -8px }

.wie {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding: 10px 16px; font-size: 14px;
  line-height: 20px; background: var(--balie-tint); border-bottom: 1px solid var(--balie-tint-rand);
}
.wie > svg { width: 20px; height: 20px; color: var(--balie-tekst-primair) }
.wie p { flex: 1 1 128px; min-width: 0 }
.wie strong { display: block; font-weight: 600 }
.wie .knop { padding: 6px 12px }

.knop {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 36px; padding: 6px 14px;
  border-radius: 18px; border: 1.5px solid var(--balie-tekst-primair); background: var(--vlak);
  color: var(--balie-tekst-primair); font-size: 14px; line-height: 20px; font-weight: 600; text-align: center;
  text-decoration: none; transition: background-color .15s;
}
.knop:hover { background: var(--balie-tint-rand) }
.knop.vol { background: var(--balie-primair); border-color: var(--balie-primair); color: var(--balie-op-primair) }
.knop.vol:hover { background: var(--balie-primair-donker) }
.knop.gevaar { background: var(--fout); border-color: var(--fout); color: #fff }
.knop.gevaar:hover { background: #85180a }

.melding {
  display: flex; align-items: center; gap: 10px; padding: 8px 16px; font-size: 14px; line-height: 20px;
  background: #fff5dc; border-bottom: 1px solid #ecd9a4; color: #4a3a05;
}
.melding svg { width: 20px; height: 20px }
.melding span { flex: 1 }
.melding button { text-decoration: underline; font-weight: 600; min-height: 28px; padding: 0 4px }

.snel { position: relative; z-index: 6; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; padding: 8px 16px; background: #fdf0ee; border-bottom: 1px solid #eec4bd }
.snel p { flex: 1 1 160px; font-size: 13px; line-height: 18px }
.snel .knop { min-height: 40px }

/* conversation */
.gesprek {
  flex: 1 1 0; min-height: 120px; overflow-y: auto; overscroll-behavior: contain; padding: 16px; background: var(--grond);
  position: relative;
  scrollbar-width: thin; scrollbar-color: #aab5bd transparent;
}
.gesprek:focus-visible { outline-offset: -4px; box-shadow: none }
.gesprek > ol { display: flex; flex-direction: column; gap: 4px }
.welkom { font-size: 20px; line-height: 28px; font-weight: 700; margin-bottom: 8px }
.welkom:empty { display: none }
.scheiding {
  align-self: center; max-width: 100%; margin: 8px 0; padding: 1px 12px; border-radius: 12px; background: #e6ebef;
  color: #44535e; font-size: 13px; line-height: 22px; text-align: center;
}
.bericht { display: flex; flex-direction: column; align-items: flex-start; max-width: 88%; margin-top: 2px }
.bericht.groep { margin-top: 12px }
.bericht.burger { align-self: flex-end; align-items: flex-end; max-width: 82% }
.van { display: flex; align-items: center; gap: 6px; margin: 0 4px 4px; font-size: 13px; line-height: 20px; color: var(--zacht) }
.van svg {
  width: 24px; height: 24px; padding: 4px; border-radius: 50%; stroke-width: 2.2; background: var(--balie-tint-rand);
  color: var(--balie-tekst-primair);
}
.medewerker .van svg { background: var(--balie-primair); color: var(--balie-op-primair) }
.van b { color: var(--inkt); font-weight: 600 }
.bel {
  max-width: 100%; padding: 10px 14px; border-radius: 4px var(--hoek) var(--hoek) var(--hoek); background: var(--vlak);
  border: 1px solid #e1e7eb; overflow-wrap: anywhere;
}
.burger .bel {
  border-radius: var(--hoek) var(--hoek) 4px var(--hoek); background: var(--balie-primair); color: var(--balie-op-primair);
  border-color: transparent; white-space: pre-wrap;
}
.burger.wacht .bel { background: var(--balie-tint); color: var(--inkt); border: 1px dashed var(--balie-tekst-primair) }
.burger.mis .bel { background: #fff; color: var(--inkt); border: 1px solid var(--fout) }
.medewerker .bel { border-color: var(--balie-tint-rand); background: var(--balie-tint) }
.systeem .bel { background: #e9eef2; border-color: transparent; border-radius: 12px; font-size: 15px }
.crisis .bel { background: #fff; border: 2px solid var(--balie-tekst-primair); border-radius: 14px }
.bel > * + * { margin-top: 8px }
.bel ul[role=list] { padding-left: 18px; list-style: disc }
.bel ul[role=list] li + li { margin-top: 2px }
.bel li::marker { color: var(--balie-tekst-primair) }
.koppelingen { padding-top: 8px; border-top: 1px solid var(--lijn) }
.koppelingen a, .koppelingen button { display: flex; gap: 8px; align-items: flex-start; min-height: 28px; padding: 2px 0; color: var(--balie-tekst-primair) }
.koppelingen svg { width: 18px; height: 18px; margin-top: 3px }
.koppelingen button { text-align: start; text-decoration: underline }
.bel a, .koppelingen button { text-underline-offset: 3px }
.bel a:hover { text-decoration-thickness: 2px }
.keuzes { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px }
.keuzes button { min-height: 40px; border-radius: 20px; padding: 8px 16px; text-align: start }
.keuzes [aria-disabled] { border-color: #b9c4cc; color: #55646f; background: none; cursor: default; font-weight: 500 }
.keuzes [aria-pressed=true] { border-color: var(--balie-tekst-primair); color: var(--balie-tekst-primair); background: var(--balie-tint-rand) }
.keuzes svg { width: 16px; height: 16px; stroke-width: 2.6 }
.bij {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0 10px; margin: 2px 6px 0; font-size: 13px; line-height: 24px;
  color: var(--zacht);
}
.burger .bij { justify-content: flex-end }
.bij .mis { color: var(--fout); font-weight: 600 }
.bij button {
  display: inline-flex; align-items: center; gap: 4px; min-height: 24px; color: var(--balie-tekst-primair);
  font-weight: 600; border-radius: 6px; text-decoration: underline; text-underline-offset: 3px;
}
.bij svg { width: 16px; height: 16px }
.voorlezen { display: none !important }
.stem .voorlezen { display: inline-flex !important }
.typt { display: flex; align-items: center; gap: 10px; margin: 12px 4px 0; font-size: 14px; color: var(--zacht) }
.stippen { display: flex; gap: 4px; padding: 10px 12px; border-radius: 14px; background: var(--vlak); border: 1px solid #e1e7eb }
.stippen i { width: 7px; height: 7px; border-radius: 50%; background: var(--balie-tekst-primair); animation: stip 1.2s infinite ease-in-out }
.stippen i:nth-child(2) { animation-delay: .15s }
.stippen i:nth-child(3) { animation-delay: .3s }
@keyframes stip { 0%, 60%, 100% { opacity: .35 } 30% { opacity: 1; transform: translateY(-3px) } }
.naar-onder { position: absolute; left: 50%; transform: translateX(-50%); bottom: 12px; z-index: 1; box-shadow: 0 4px 12px #0b1a2433 }
.naar-onder svg { width: 18px; height: 18px }
.veld { position: relative }

/* composer */
.invoer { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 4px 8px; padding: 12px 16px; border-top: 1px solid var(--lijn) }
.invoer textarea {
  flex: 1 1 0; min-width: 0; min-height: 48px; max-height: 144px; padding: 11px 16px; resize: none; display: block;
  border: 1.5px solid var(--rand); border-radius: 24px; background: var(--vlak); line-height: 24px; overflow-y: auto;
  scrollbar-width: thin;
}
.invoer textarea::placeholder { color: #5b6973; opacity: 1 }
.invoer textarea:focus { outline: 3px solid var(--balie-tekst-primair); outline-offset: 0; border-color: transparent; box-shadow: none }
.invoer textarea[aria-invalid=true] { border-color: var(--fout) }
.verstuur {
  display: grid; place-items: center; flex: none; width: 48px; height: 48px; border-radius: 50%;
  background: var(--balie-primair); color: var(--balie-op-primair); transition: background-color .15s;
}
.verstuur:hover { background: var(--balie-primair-donker) }
.verstuur[aria-disabled=true] { background: #e3e8ec; color: #5b6973; cursor: default }
.verstuur svg { width: 22px; height: 22px; margin: 1px 2px 0 0 }
.teller { flex: 1 0 100%; order: 1; font-size: 13px; line-height: 20px; padding: 0 4px; color: var(--zacht) }
.teller.over { color: var(--fout); font-weight: 600 }

/* other ways to a person */
.anders { position: relative; display: flex; border-top: 1px solid var(--lijn); font-size: 14px; line-height: 18px }
.anders > a, .anders > button {
  display: flex; align-items: center; gap: 10px; min-height: 52px; padding: 6px 16px; color: var(--inkt);
  text-decoration: none; text-align: start;
}
.anders > button { flex: 1; border-left: 1px solid var(--lijn) }
.anders > a { font-weight: 600; white-space: nowrap }
.anders > * > svg { width: 20px; height: 20px; color: var(--balie-tekst-primair) }
.anders > a:hover, .anders > button:hover { background: var(--balie-tint) }
.anders b { font-weight: 600; display: block }
.anders small { font-size: 13px; color: var(--zacht) }
.anders :focus-visible { outline-offset: -3px; box-shadow: none; border-radius: 8px }
.langs, .menu {
  position: absolute; z-index: 3; background: var(--vlak); border-radius: 14px; color: var(--inkt);
  box-shadow: 0 0 0 1px #0b1a241a, 0 8px 32px #0b1a2438;
}
.langs { inset: auto 12px calc(100% + 8px); padding: 16px; max-height: 340px; overflow: auto }
.langs h3 { font-weight: 700; margin-bottom: 4px }
.langs h3:not(:first-child) { margin-top: 12px }
.langs dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 16px }
.langs p { white-space: pre-line }

.menu { position: absolute; top: 64px; right: 10px; width: 300px; max-width: calc(100% - 20px); padding: 8px; max-height: calc(100% - 80px); overflow: auto; font-weight: 400 }
.menu li:has(.gevaar) { border-top: 1px solid var(--lijn); margin-top: 6px; padding-top: 6px }
.menu button, .menu a {
  display: flex; align-items: center; gap: 12px; width: 100%; min-height: 44px; padding: 8px 12px; border-radius: 10px;
  color: inherit; text-decoration: none; text-align: start; line-height: 20px; font-size: 15px;
}
.menu button:hover, .menu a:hover { background: var(--balie-tint) }
.menu svg { width: 20px; height: 20px; color: var(--balie-tekst-primair) }
.menu .gevaar, .menu .gevaar svg { color: var(--fout) }
.menu small { display: block; font-size: 13px; line-height: 18px; color: var(--zacht) }
.schakel { flex: none; width: 36px; height: 22px; border-radius: 11px; background: #66747f; position: relative; margin-left: auto; border: 1px solid transparent }
.schakel::after { content: ""; position: absolute; top: 2px; left: 2px; width: 16px; height: 16px; border-radius: 50%; background: #fff; transition: transform .15s; border: 1px solid transparent }
[aria-checked=true] .schakel { background: var(--balie-tekst-primair) }
[aria-checked=true] .schakel::after { transform: translateX(14px) }

/* question before something final, and what follows */
.vraag { position: absolute; inset: 0; z-index: 5; display: grid; place-items: center; padding: 16px; background: #0b1a2480; overflow: auto }
.kaart { width: 100%; max-width: 340px; padding: 24px; border-radius: 18px; background: var(--vlak); box-shadow: 0 16px 48px #0b1a2459 }
.kaart h3, .gewist h3 { font-size: 18px; line-height: 24px; font-weight: 700; margin-bottom: 8px }
.kaart .fout, .oordeel .fout { color: var(--fout); font-weight: 600; margin-top: 8px; white-space: pre-line }
.rij { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 20px }
.rij .knop { flex: 1 1 auto; min-height: 44px; border-radius: 22px }
.gewist { max-width: 320px; margin: 32px auto; text-align: center }
.gewist svg { width: 56px; height: 56px; padding: 14px; border-radius: 50%; background: var(--balie-tint-rand); color: var(--balie-tekst-primair) }
.gewist .knop { margin-top: 20px; min-height: 44px; border-radius: 22px; padding: 8px 20px }
.na-slot { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px }
.na-slot:empty { display: none }
.oordeel { flex: 1 0 100%; display: grid; gap: 8px }
.oordeel fieldset { display: flex; flex-wrap: wrap; gap: 4px 16px; border: 0; padding: 0 }
.oordeel legend { font-weight: 700 }
.oordeel label { display: flex; align-items: center; gap: 4px; min-height: 24px }
.oordeel textarea { padding: 8px; border: 1px solid }

@media (max-width: 480px), (max-height: 480px) {
  .start { right: 16px; bottom: 16px }
  .paneel {
    inset: 0; width: 100%; max-width: none; height: 100%; height: 100dvh; border-radius: 0; box-shadow: none;
    padding-bottom: env(safe-area-inset-bottom);
  }
  .anders > a, .anders > button { padding: 6px 12px }
}
@media (max-width: 340px) { .anders > a { white-space: normal } }
/* very low windows, such as 400% zoom: the whole panel scrolls */
@media (max-height: 420px) {
  .paneel { overflow-y: auto }
  .binnen { flex: none; min-height: 100% }
  .gesprek { overflow: visible; flex: 1 0 auto }
  .langs { max-height: 220px }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important }
}
@media (forced-colors: active) {
  .start, .knop, .verstuur, .logo, .kaart, .menu, .langs, .paneel, .bel { border: 1px solid }
  .schakel, .schakel::after { border-color: currentColor }
}
`;

/** @returns {CSSStyleSheet} */
export function createStyles() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
