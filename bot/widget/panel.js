/** The chat window: who is on the other side, the messages, the field, and the other ways to a person. */

/** @import { Chat } from "./chat.js" */
/** @import { Asked } from "./question.js" */
/** @import { Speech } from "./speech.js" */
/** @import { Bericht, Gemeente, Thema, Uitgaand } from "./types" */
import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { draw, h, icon, setText } from "./dom.js";
import { spoken } from "./markup.js";
import { Menu } from "./menu.js";
import { QuickExit } from "./leaving.js";
import { MessageList, speaker } from "./messages.js";
import { Notice } from "./notice.js";
import { question, spokenCode } from "./question.js";
import { rating } from "./rating.js";
import { otherSide, StatusBar } from "./status.js";
import { texts } from "./texts.js";
import { OtherWays } from "./ways.js";

const NEAR_END_PX = 80;
const FAILURE_SHOWN_MS = 10_000;

export class Panel {
  #announcer = new Announcer();
  #ways = new OtherWays();
  #logo = h("span", { class: "logo" });
  #title = h("h2", { id: "titel" });
  #subtitle = h("p", { id: "ondertitel" });
  #heading = h("div", { class: "naam", tabindex: "-1" }, this.#title, this.#subtitle);
  #welcome = h("h3", { class: "welkom" });
  #typing = h("p", { class: "typt", hidden: true });
  #after = h("div", {});
  /** Sending files: the first time loaded, and shown here. */
  #filesPlace = h("div", {});
  /** @type {Promise<import("./later/files.js").Files> | undefined} */
  #files;
  /** @type {HTMLElement | null} covers the panel */
  #question = null;
  /** @type {HTMLElement | null} what had the focus when it was asked */
  #asker = null;
  #failedBefore = false;
  /** The welcome stands at its beginning, however far that is from the end: what comes next is followed. */
  #atWelcome = false;
  #failure = "";
  /** @type {number | undefined} */
  #failureTimer;

  /** @param {Chat} chat @param {Speech} speech @param {() => void} onClose @param {() => void} onLeave for good, and quickly */
  constructor(chat, speech, onClose, onLeave) {
    this.chat = chat;
    this.speech = speech;
    this.onClose = onClose;
    const change = (/** @type {Uitgaand} */ item) => {
      this.composer.prepend(chat.withdraw(item.id));
      this.composer.field.focus();
    };
    this.list = new MessageList(chat, speech, change, () => this.#askErase(), (attachment) =>
      this.#withFiles((files) => files.save(attachment)),
    );
    this.composer = new Composer({
      onSend: (text) => chat.send(text),
      onInput: (text) => {
        chat.memory.saveTab("concept", text);
        if (text) chat.typed();
      },
    });
    this.composer.prepend(chat.memory.tab("concept") ?? "");
    const askPerson = () => void chat.askPerson();
    const end = () => this.#ask({ ...texts.ending, danger: false, act: () => chat.end() });
    this.menu = new Menu(chat, {
      askPerson,
      end,
      code: () => void this.#showCode(),
      callback: () => void this.#showCallback(),
      erase: () => this.#askErase(),
      download: () => this.#download(),
    });
    this.bar = new StatusBar(askPerson);
    this.exit = new QuickExit(onLeave);
    this.notice = new Notice(() => chat.retry(), () => this.#focusStart());
    this.scroller = h(
      "div",
      { class: "gesprek", tabindex: "0", role: "region", "aria-label": texts.messages, onscroll: () => this.#scrolled() },
      this.#welcome,
      this.list.element,
      this.#typing,
      this.#after,
    );
    const downAttributes = { type: "button", class: "knop naar-onder", hidden: true, onclick: () => this.#scrollToEnd() };
    this.downButton = h("button", downAttributes, icon("down"), texts.newMessages);
    const closeAttributes = { type: "button", "aria-label": texts.close, title: texts.close, onclick: onClose };
    this.inside = h(
      "div",
      { class: "binnen" },
      h(
        "div",
        { class: "kop" },
        this.#logo,
        this.#heading,
        this.menu.button,
        this.menu.list,
        h("button", closeAttributes, icon("close")),
      ),
      this.bar.element,
      this.notice.element,
      this.scroller,
      h("div", { class: "veld" }, this.downButton, this.#filesPlace, this.composer.element),
      this.#ways.element,
    );
    this.element = h(
      "dialog",
      {
        class: "paneel",
        "aria-labelledby": "titel ondertitel",
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
        oncancel: (/** @type {Event} */ event) => event.preventDefault(),
        onclick: (/** @type {Event} */ event) => this.#clicked(event.composedPath()),
      },
      this.exit.element,
      this.inside,
      this.#announcer.element,
    );
    chat.addEventListener("change", () => this.sync());
    chat.addEventListener("owner", () => this.#announcer.say(otherSide(chat.conversation, this.list.assistant).join(" ")));
    speech.addEventListener("change", () => this.sync());
  }

  /** @param {Gemeente} municipality */
  setMunicipality(municipality) {
    const { naam, assistent, thema, privacy_url: privacy } = municipality;
    const name = naam.replace(/^gemeente /i, "");
    this.list.assistant = assistent;
    this.menu.privacyAddress = privacy;
    const own = thema?.teksten;
    this.#showLogo(thema, name);
    setText(this.#title, own?.titel || assistent || texts.assistant);
    setText(this.#welcome, own?.welkom ?? "");
    this.composer.field.placeholder = own?.veld || texts.placeholder;
    setText(this.#subtitle, `${texts.municipality} ${name}`);
    this.#ways.fill(municipality);
    this.sync();
  }

  /** @param {Thema | undefined} theme @param {string} name of the municipality */
  #showLogo(theme, name) {
    const { logo, logo_tekst: letters } = theme ?? {};
    const mark = letters || name;
    const role = logo ? { role: "img", "aria-label": logo.alt } : { "aria-hidden": "true" };
    const content = logo ? draw(logo.tekening) : mark.length > 4 ? mark[0] : mark;
    const fresh = h("span", { class: logo ? "logo beeld" : "logo", ...role }, content);
    this.#logo.replaceWith(fresh);
    this.#logo = fresh;
  }

  /** @param {boolean} modal cover the page (small screens) @param {boolean} focus move the focus into the panel */
  open(modal, focus) {
    if (this.element.open) return;
    if (modal) this.element.showModal();
    else this.element.show();
    this.sync();
    this.composer.fit();
    this.#scrollToEnd();
    if (focus) this.#focusStart();
    else /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement)?.blur();
  }

  close() {
    this.#answered();
    this.menu.close();
    this.#ways.close();
    this.speech.stop();
    this.element.close();
  }

  sync() {
    const { chat } = this;
    const wasNear = this.#nearEnd() || this.#atWelcome;
    const added = this.list.sync();
    this.bar.show(chat.conversation, this.list.assistant);
    this.bar.element.hidden = chat.erased !== null;
    if (this.exit.show(chat.conversation)) this.#announcer.say(`${texts.leave}: ${texts.leaveHelp}`);
    this.#showNotice();
    this.#showTyping();
    this.#showAfter();
    const allowed = chat.conversation?.bestanden;
    if (allowed || this.#files) this.#withFiles((files) => files.show(allowed));
    this.inside.classList.toggle("stem", this.speech.possible);
    if (added.length > 0) this.#follow(added, wasNear);
    else if (wasNear && !this.#begins) this.#scrollToEnd();
    this.#atWelcome = this.#begins;
    const failed = chat.unsent.some((item) => item.mislukt || item.geweigerd);
    if (failed && !this.#failedBefore) this.#announcer.say(texts.notSent);
    this.#failedBefore = failed;
    if (this.element.open && !document.hidden) chat.seen();
  }

  /** Read new messages to the screen reader. @param {Bericht[]} messages */
  announce(messages) {
    for (const message of messages) {
      const choices = message.knoppen?.map(({ titel }) => titel).join(", ");
      const words = `${speaker(message, this.list.assistant)}: ${spoken(message.tekst)}`;
      this.#announcer.say(choices ? `${words} ${texts.choices}: ${choices}.` : words);
    }
  }

  /** @param {(files: import("./later/files.js").Files) => void} act */
  #withFiles(act) {
    this.#files ??= import("./later/files.js").then(
      ({ Files }) => new Files(this.chat, this.#filesPlace, () => this.#showFailure()),
    );
    this.#files.then(act, () => (this.#files = undefined)); // tried again with the next change
  }

  /** Where she goes on; on a touch screen the field would bring up the keyboard. */
  #focusStart() {
    const touch = matchMedia("(pointer: coarse)").matches;
    (touch ? this.#heading : this.composer.field).focus({ preventScroll: true });
  }

  #showNotice() {
    const { trouble, line } = this.chat;
    if (trouble === "herkomst") this.notice.show(texts.notHere, false);
    else if (trouble === "geen") this.notice.show(texts.notOpened, true);
    else if (line?.state === "weg") this.notice.show(texts.noLine, true);
    else this.notice.show(this.#failure, false);
  }

  /** Something that she asked for did not happen. */
  #showFailure() {
    this.#failure = texts.failed;
    this.#showNotice();
    clearTimeout(this.#failureTimer);
    this.#failureTimer = setTimeout(() => {
      this.#failure = "";
      this.#showNotice();
    }, FAILURE_SHOWN_MS);
  }

  #showTyping() {
    const { typing } = this.chat;
    this.#typing.hidden = !typing;
    if (!typing) return;
    const name = typing.naam || (typing.wie === "bot" ? this.list.assistant || texts.bot : texts.aPerson);
    if (this.#typing.dataset.naam === name) return;
    this.#typing.dataset.naam = name;
    const dots = h("span", { class: "stippen", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typing.replaceChildren(dots, texts.types(name));
  }

  /** What follows the last message: after closing and after erasing. */
  #showAfter() {
    const { erased, conversation } = this.chat;
    const state = erased !== null ? `gewist ${erased}` : conversation?.eigenaar === "gesloten" ? "gesloten" : "";
    if ((this.#after.dataset.staat ?? "") === state) return;
    this.#after.dataset.staat = state;
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", class: "knop", onclick }, text);
    const restart = button(texts.restart, () => {
      void this.chat.restart();
      this.composer.field.focus();
    });
    this.#after.className = erased !== null ? "gewist" : "na-slot";
    if (erased !== null) {
      this.#after.replaceChildren(icon("done"), h("h3", {}, texts.erased), h("p", {}, erased), restart);
      this.#announcer.say(`${texts.erased}. ${erased}`);
    } else if (state) {
      const download = button(texts.download, () => void this.#download());
      const asked = conversation?.oordeel;
      const form = asked && !asked.gegeven ? [rating(asked.medewerker, (given) => this.chat.rate(given))] : [];
      this.#after.replaceChildren(...form, download, button(texts.erase, () => this.#askErase()), restart);
    } else this.#after.replaceChildren();
  }

  #askErase() {
    this.#ask({ ...texts.erasing, danger: true, act: () => this.chat.erase() });
  }

  async #download() {
    try {
      const url = URL.createObjectURL(await this.chat.report());
      h("a", { href: url, download: texts.fileName(this.chat.municipality) }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch {
      this.#showFailure();
    }
  }

  async #showCode() {
    try {
      const given = await this.chat.code();
      this.#lay(spokenCode(given, () => this.#answered()));
    } catch {
      this.#showFailure();
    }
  }

  async #showCallback() {
    try {
      const { callbackForm } = await import("./later/callback.js");
      const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
      this.#lay(await callbackForm(this.chat, root, () => this.#answered()));
    } catch {
      this.#showFailure();
    }
  }

  /** @param {Asked} asked */
  #ask(asked) {
    this.#lay(question(asked, () => this.#answered()));
  }

  /** Lay a card over the panel. @param {HTMLElement} card */
  #lay(card) {
    this.#asker = /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement);
    this.#question = card;
    this.inside.inert = true;
    this.element.append(this.#question);
    this.#question.querySelector("button")?.focus();
  }

  #answered() {
    if (!this.#question) return;
    this.#question.remove();
    this.#question = null;
    this.inside.inert = false;
    (this.#asker?.isConnected ? this.#asker : this.menu.button).focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#question) {
      this.#answered();
      return;
    }
    const button = this.menu.close() ?? this.#ways.close();
    if (button) button.focus();
    else this.onClose();
  }

  /** A click beside an open layer closes it. @param {EventTarget[]} path */
  #clicked(path) {
    if (!this.menu.holds(path)) this.menu.close();
    if (!this.#ways.holds(path)) this.#ways.close();
  }

  #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Keep to the end, but not past the beginning of a long answer. @param {HTMLElement[]} added @param {boolean} wasNear */
  #follow(added, wasNear) {
    const own = added.some((element) => element.classList.contains("burger"));
    if (!wasNear && !own) {
      this.downButton.hidden = false;
      return;
    }
    this.#scrollToEnd();
    const first = added[0].getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    if (first < 0) this.scroller.scrollTop += first - 8;
  }

  /** True while there is only the welcome, which is read from its beginning. */
  get #begins() {
    const { transcript, unsent } = this.chat;
    return transcript.messages.length < 2 && transcript.earlier.length === 0 && unsent.length === 0;
  }

  #scrollToEnd() {
    this.scroller.scrollTop = this.#begins ? 0 : this.scroller.scrollHeight;
    this.downButton.hidden = true;
  }

  #scrolled() {
    if (this.#nearEnd()) this.downButton.hidden = true;
  }
}
