/** The button in the page opens the chat, as a municipality's own page can. */

/** @type {any} */
const chat = document.querySelector("balie-chat");
document.querySelector(".stel")?.addEventListener("click", () => chat.open());
