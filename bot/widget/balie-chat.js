/**
 * The one script that a website embeds. Defines <balie-chat>, and adds it where the script tag itself names a municipality:
 *
 *   <script type="module" src="https://balie.example/widget/balie-chat.js" data-gemeente="voorbeeldstad"></script>
 */

import { BalieChat } from "./element.js";

if (!customElements.get("balie-chat")) customElements.define("balie-chat", BalieChat);

for (const script of document.querySelectorAll("script[data-gemeente]")) {
  const { src, dataset } = /** @type {HTMLScriptElement} */ (script);
  if (src !== import.meta.url || document.querySelector("balie-chat")) continue;
  const chat = document.createElement("balie-chat");
  chat.setAttribute("gemeente", dataset.gemeente ?? "");
  for (const name of ["server", "telefoon", "naam"]) {
    if (dataset[name]) chat.setAttribute(name, dataset[name]);
  }
  document.body.append(chat);
}
